import type { CompiledRule, Shortcoming } from "@countersign/engine/cluster/compiled-rule";
import { crioShortcomings } from "@countersign/engine/cluster/crio-shortcomings";
import { isRefusal } from "@countersign/engine/cluster/refusal";
import { type Condition, condition, type Stated, shortened } from "./condition.ts";
import { problemsAndConsequence } from "./consequence.ts";
import { whyDelayed } from "./namespace-pace.ts";
import type { RuleOutcome } from "./rule-book.ts";

/** What a policy resource says of itself. */
export interface PolicyStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  /** of `metadata.generation`, whose rule nodes are told; undefined, which takes away what was said before: none */
  readonly generationInForce: number | undefined;
  /** the publication that brought the rule that nodes are told */
  readonly publication: number | undefined;
  readonly nodes: { readonly reporting: number; readonly applied: number };
  readonly shortcomings: readonly PlacedShortcoming[];
}

export interface PlacedShortcoming {
  readonly enforcementPoint: "Gateway" | "CRIO";
  /** `""`: the whole policy */
  readonly path: string;
  readonly effect: Shortcoming["effect"];
  readonly message: string;
}

/** Where and how far a policy is. */
export interface PolicyProgress {
  /** undefined: not published */
  readonly publication: number | undefined;
  readonly reporting: number;
  readonly applied: number;
  /** nodes that go by a file of somebody else's for the policy's namespace */
  readonly left: number;
  /** nodes that refuse all images of the policy's namespace for want of room in registries.d */
  readonly withoutRoom: number;
}

/** A status is read by people, and lies in etcd for each policy. */
const maxShortcomings = 20;

/**
 * @param outcome of the object as it is now: its conditions keep their times where nothing changed
 * @param now RFC 3339
 */
export function policyStatus(outcome: RuleOutcome, progress: PolicyProgress, now: string): PolicyStatus {
  const { object, rule, waiting, shortcomings, gatewayShortcomings = [] } = outcome;
  const { generation = 0 } = object.metadata;
  const gateway = [...gatewayShortcomings, ...shortcomings];
  const crio = rule === undefined ? [] : [...(outcome.crioShortcomings ?? []), ...crioOf(rule, shortcomings)];
  const told = [
    ...gateway.map((one) => ({ enforcementPoint: "Gateway" as const, ...one })),
    ...crio.map((one) => ({ enforcementPoint: "CRIO" as const, ...one })),
  ];
  const stated = [
    ready(outcome, progress),
    compiled(outcome),
    enforceable("EnforceableByGateway", outcome, gateway),
    enforceable("EnforceableByCRIO", outcome, crio),
    waiting === undefined ? applied(progress) : delayed("Applied", "Unknown"),
  ];
  return {
    observedGeneration: generation,
    conditions: stated.map((one) => condition(one, object, now)),
    generationInForce: generationInForce(outcome),
    publication: progress.publication,
    nodes: { reporting: progress.reporting, applied: progress.applied },
    shortcomings: told.slice(0, maxShortcomings).map((one) => ({ ...one, message: shortened(one.message) })),
  };
}

function generationInForce({ rule, standing, waiting }: RuleOutcome): number | undefined {
  const isNone =
    waiting === undefined ? standing === "refusing" : waiting.inForce && isRefusal(waiting.inForce);
  const inForce = waiting === undefined ? rule : waiting.inForce;
  return isNone === true ? undefined : inForce?.identity.generation;
}

/** of rules, which stay the same while nodes tell every few seconds how far they are */
const crioKnown = new WeakMap<
  CompiledRule,
  { readonly gateway: readonly Shortcoming[]; readonly crio: readonly Shortcoming[] }
>();

function crioOf(rule: CompiledRule, gateway: readonly Shortcoming[]): readonly Shortcoming[] {
  const known = crioKnown.get(rule);
  if (known?.gateway === gateway) return known.crio;
  const crio = crioShortcomings(rule.text, gateway);
  crioKnown.set(rule, { gateway, crio });
  return crio;
}

/** In one word, of a policy that is not in force as it is written. */
const notReady = {
  asItWas: "OlderVersionInForce",
  refusing: "EveryImageRefused",
  nothing: "NothingInForce",
} as const;

/** Of a policy whose namespace's are published later, without a time, which would be another one at each look. */
function delayed(type: "Ready" | "Applied", status: "False" | "Unknown"): Stated {
  return { type, status, reason: "Delayed", message: whyDelayed };
}

function ready({ standing, waiting }: RuleOutcome, { publication }: PolicyProgress): Stated {
  if (standing !== "asWritten") {
    return { type: "Ready", status: "False", reason: notReady[standing], message: "see Compiled" };
  }
  if (waiting !== undefined) return delayed("Ready", "False");
  return publication === undefined
    ? { type: "Ready", status: "Unknown", reason: "NotPublished", message: "it is not published yet" }
    : { type: "Ready", status: "True", reason: "Published", message: `in publication ${publication}` };
}

function compiled(outcome: RuleOutcome): Stated {
  if (outcome.standing === "asWritten") {
    return { type: "Compiled", status: "True", reason: "Compiled", message: "all of it was understood" };
  }
  const message = problemsAndConsequence(outcome);
  const reason = outcome.standing === "asItWas" ? "KeptAsItWas" : "Invalid";
  return { type: "Compiled", status: "False", reason, message };
}

function enforceable(
  type: "EnforceableByGateway" | "EnforceableByCRIO",
  { standing, waiting }: RuleOutcome,
  shortcomings: readonly Shortcoming[],
): Stated {
  if (standing === "nothing") {
    return { type, status: "Unknown", reason: "NothingInForce", message: "see Compiled" };
  }
  const edition =
    waiting !== undefined
      ? "of what will be in force: "
      : standing === "asItWas"
        ? "of what is in force, meanwhile: "
        : "";
  if (shortcomings.length === 0) {
    return { type, status: "True", reason: "Exactly", message: `${edition}enforced as it is written` };
  }
  const reason = shortcomings.some(({ effect }) => effect === "refuses") ? "RefusesMore" : "InPart";
  const message = shortcomings.map(({ path, message: why }) => (path === "" ? why : `${path}: ${why}`));
  return { type, status: "False", reason, message: edition + message.join("; ") };
}

function applied({ publication, reporting, applied: count, left, withoutRoom }: PolicyProgress): Stated {
  if (publication === undefined || reporting === 0) {
    const message = reporting === 0 ? "no node reports" : "it is not published yet";
    return { type: "Applied", status: "Unknown", reason: "NoNodes", message };
  }
  const others =
    left === 0
      ? ""
      : `; ${left === 1 ? "1 goes" : `${left} go`} by a file for this namespace that somebody else put there, which the log of sync there names`;
  const refusing =
    withoutRoom === 0
      ? ""
      : `; ${withoutRoom === 1 ? "1 refuses" : `${withoutRoom} refuse`} all images of this namespace for want of room in registries.d`;
  const message = `${count} of ${reporting} nodes have it${others}${refusing}`;
  return count === reporting
    ? { type: "Applied", status: "True", reason: "EveryNode", message }
    : { type: "Applied", status: "False", reason: "SomeNodes", message };
}
