import { randomBytes } from "node:crypto";
import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { type RuleEffect, ruleEffect } from "@countersign/engine/cluster/rule-effect";
import { events } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import type { ApiServer } from "../kube/api-server.ts";
import { shortened } from "./condition.ts";
import { consequence, imageList, problemsAndConsequence, roomForProblems } from "./consequence.ts";
import { whyDelayed } from "./namespace-pace.ts";
import { keyOf, type RuleOutcome } from "./rule-book.ts";

/** Tells of what happens to policies, where `kubectl describe` shows it. */
export interface PolicyEvents {
  /** Tells what is other than last time. An event that cannot be written is lost: the status says the same. */
  tell(outcomes: readonly RuleOutcome[], signal: AbortSignal): Promise<void>;
}

interface Told {
  readonly type: "Normal" | "Warning";
  readonly reason: "Compiled" | "KeptAsItWas" | "Invalid" | "NotEnforceable" | "Delayed";
  readonly message: string;
}

/** Of one look; a thousand policies that refer to one Secret break together. */
const maxAtOnce = 25;
/** Source: k8s.io/apimachinery validation of events. */
const longestMessage = 1024;

/** How long a namespace has to change its policies seldom before it is told again that it does not. */
const delayToldForMs = 600_000;

export function policyEvents(server: ApiServer, wall: () => number): PolicyEvents {
  const last = new Map<string, string>();
  /** namespace → until when it counts as told that its policies wait */
  const delayTold = new Map<string, number>();

  /** Of a namespace whose policies come too often one event says so, and not one for each time. */
  function delaysOf(outcomes: readonly RuleOutcome[]): readonly ApiObject[] {
    const now = wall();
    for (const [namespace, until] of delayTold) if (until <= now) delayTold.delete(namespace);
    return outcomes.flatMap(({ object, waiting }) => {
      const { namespace } = object.metadata;
      if (waiting === undefined || namespace === undefined) return [];
      const isTold = delayTold.has(namespace);
      delayTold.set(namespace, now + delayToldForMs);
      return isTold
        ? []
        : [eventObject(object, { type: "Warning", reason: "Delayed", message: whyDelayed }, now)];
    });
  }

  /** undefined if there is nothing new */
  function newsOf(outcome: RuleOutcome): Told | undefined {
    const key = keyOf(outcome.object);
    const told = toldOf(outcome);
    const before = last.get(key);
    last.set(key, `${told.reason} ${told.message}`);
    if (before === `${told.reason} ${told.message}`) return undefined;
    // that a policy is as it should be is news only where it was not
    return before === undefined && told.type === "Normal" ? undefined : told;
  }

  return {
    async tell(outcomes, signal) {
      const news = outcomes.flatMap((outcome) => {
        const told = newsOf(outcome);
        return told === undefined ? [] : [eventObject(outcome.object, told, wall())];
      });
      for (const event of [...delaysOf(outcomes), ...news].slice(0, maxAtOnce)) {
        await server.create(events, event, signal).catch(() => {});
      }
      const present = new Set(outcomes.map(({ object }) => keyOf(object)));
      for (const key of last.keys()) if (!present.has(key)) last.delete(key);
    },
  };
}

function toldOf(outcome: RuleOutcome): Told {
  const { rule, standing, shortcomings } = outcome;
  if (standing !== "asWritten") {
    const reason = standing === "asItWas" ? "KeptAsItWas" : "Invalid";
    return { type: "Warning", reason, message: problemsAndConsequence(outcome) };
  }
  const refused = shortcomings.filter(({ effect }) => effect === "refuses");
  if (rule === undefined || refused.length === 0) {
    return { type: "Normal", reason: "Compiled", message: consequence(outcome) };
  }
  const why = shortened(
    refused.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; "),
    roomForProblems,
  );
  const isWhole = refused.some(({ path }) => path === "");
  const effect = isWhole ? "refuses all" : ruleEffect(rule);
  return { type: "Warning", reason: "NotEnforceable", message: `${why}; ${unmet(rule, effect)}` };
}

/** What comes of it that something of a policy accepts nothing. */
function unmet(rule: CompiledRule, effect: RuleEffect): string {
  const images = `images of ${imageList(rule)}`;
  switch (effect) {
    case "warns":
      return `the policy only warns, and ${images} are let in`;
    case "refuses all":
      return `${images} are refused until this is mended`;
    case "asks for a signature":
      return `${images} need the signature of another authority of the policy until this is mended`;
  }
}

function eventObject(object: ApiObject, { type, reason, message }: Told, wall: number): ApiObject {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  const time = new Date(wall).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: {
      // where client-go puts events of what belongs to no namespace
      namespace: namespace ?? "default",
      name: `${name.slice(0, 200)}.${randomBytes(8).toString("hex")}`,
    },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      namespace,
      name,
      uid,
      resourceVersion,
    },
    ...{ type, reason, message: message.slice(0, longestMessage) },
    source: { component: "countersign-controller" },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
