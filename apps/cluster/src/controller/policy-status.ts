import type { CompiledRule, Shortcoming } from "@countersign/engine/cluster/compiled-rule";
import { composeCrioPolicy } from "@countersign/engine/cluster/compose-crio-policy";
import type { ApiObject } from "../kube/api-object.ts";
import { isRecord } from "../kube/parse-object.ts";
import type { RuleOutcome } from "./rule-book.ts";

/** What a policy resource says of itself. */
export interface PolicyStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  /** of `metadata.generation`, whose rule nodes are told; absent if none is */
  readonly generationInForce?: number;
  /** the publication that brought that rule */
  readonly publication?: number;
  readonly nodes: { readonly reporting: number; readonly applied: number };
  readonly shortcomings: readonly PlacedShortcoming[];
}

/** Source: k8s.io/apimachinery/pkg/apis/meta/v1, Condition. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

export type ConditionType = "Ready" | "Compiled" | "EnforceableByGateway" | "EnforceableByCRIO" | "Applied";

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
}

/** A status is read by people, and lies in etcd for each policy. */
const maxShortcomings = 20;
const longestMessage = 1000;

/**
 * @param object as it is now: its conditions keep their times where nothing changed
 * @param now RFC 3339
 */
export function policyStatus(
  { object, rule, problems, shortcomings }: RuleOutcome,
  progress: PolicyProgress,
  now: string,
): PolicyStatus {
  const { generation = 0 } = object.metadata;
  const crio = rule === undefined ? [] : crioShortcomings(rule);
  const told = [...shortcomings.map((one) => ({ enforcementPoint: "Gateway" as const, ...one })), ...crio];
  const stated = [
    ready(problems, rule !== undefined, progress),
    compiled(problems, rule !== undefined),
    enforceable("EnforceableByGateway", rule !== undefined, shortcomings),
    enforceable("EnforceableByCRIO", rule !== undefined, crio),
    applied(progress),
  ];
  return {
    observedGeneration: generation,
    conditions: stated.map((one) => condition(one, object, generation, now)),
    ...(rule !== undefined && { generationInForce: rule.identity.generation }),
    ...(progress.publication !== undefined && { publication: progress.publication }),
    nodes: { reporting: progress.reporting, applied: progress.applied },
    shortcomings: told.slice(0, maxShortcomings).map((one) => ({ ...one, message: shortened(one.message) })),
  };
}

type Stated = Pick<Condition, "type" | "status" | "reason" | "message">;

function ready(problems: readonly string[], isInForce: boolean, { publication }: PolicyProgress): Stated {
  if (problems.length > 0) {
    const reason = isInForce ? "OlderVersionInForce" : "NothingInForce";
    return { type: "Ready", status: "False", reason, message: "see Compiled" };
  }
  return publication === undefined
    ? { type: "Ready", status: "Unknown", reason: "NotPublished", message: "it is not published yet" }
    : { type: "Ready", status: "True", reason: "Published", message: `in publication ${publication}` };
}

function compiled(problems: readonly string[], isInForce: boolean): Stated {
  if (problems.length === 0) {
    return { type: "Compiled", status: "True", reason: "Compiled", message: "all of it was understood" };
  }
  const consequence = isInForce
    ? "what was in force before stays in force until this is mended"
    : "nothing of it is in force: images go by the other policies, or by what holds without any";
  const message = `${problems.join("; ")}; ${consequence}`;
  return { type: "Compiled", status: "False", reason: isInForce ? "KeptAsItWas" : "Invalid", message };
}

function enforceable(
  type: "EnforceableByGateway" | "EnforceableByCRIO",
  isInForce: boolean,
  shortcomings: readonly Pick<Shortcoming, "path" | "message" | "effect">[],
): Stated {
  if (!isInForce) return { type, status: "Unknown", reason: "NothingInForce", message: "see Compiled" };
  if (shortcomings.length === 0) {
    return { type, status: "True", reason: "Exactly", message: "enforced as it is written" };
  }
  const reason = shortcomings.some(({ effect }) => effect === "refuses") ? "RefusesMore" : "InPart";
  const message = shortcomings.map(({ path, message: why }) => (path === "" ? why : `${path}: ${why}`));
  return { type, status: "False", reason, message: message.join("; ") };
}

function applied({ publication, reporting, applied: count }: PolicyProgress): Stated {
  if (publication === undefined || reporting === 0) {
    const message = reporting === 0 ? "no node reports" : "it is not published yet";
    return { type: "Applied", status: "Unknown", reason: "NoNodes", message };
  }
  const message = `${count} of ${reporting} nodes have it`;
  return count === reporting
    ? { type: "Applied", status: "True", reason: "EveryNode", message }
    : { type: "Applied", status: "False", reason: "SomeNodes", message };
}

function condition(stated: Stated, object: ApiObject, generation: number, now: string): Condition {
  const before = conditionsOf(object).find((each) => each["type"] === stated.type);
  const since = before?.["lastTransitionTime"];
  const isUnchanged = before?.["status"] === stated.status && typeof since === "string";
  return {
    ...stated,
    message: shortened(stated.message),
    observedGeneration: generation,
    lastTransitionTime: isUnchanged ? since : now,
  };
}

function conditionsOf({ status }: ApiObject): readonly Readonly<Record<string, unknown>>[] {
  const conditions = isRecord(status) ? status["conditions"] : undefined;
  return Array.isArray(conditions) ? conditions.filter(isRecord) : [];
}

/** of rules, which stay the same while nodes tell every few seconds how far they are */
const crioKnown = new WeakMap<CompiledRule, readonly PlacedShortcoming[]>();

function crioShortcomings(rule: CompiledRule): readonly PlacedShortcoming[] {
  const known = crioKnown.get(rule);
  if (known !== undefined) return known;
  const { notes } = composeCrioPolicy(JSON.stringify({ default: [{ type: "reject" }] }), [rule.text]);
  const told = notes.map(
    ({ message }) => ({ enforcementPoint: "CRIO", path: "", effect: "stricter", message }) as const,
  );
  crioKnown.set(rule, told);
  return told;
}

function shortened(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage)}…`;
}
