import { randomBytes } from "node:crypto";
import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { type RuleEffect, ruleEffect } from "@countersign/engine/cluster/rule-effect";
import { events } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import type { ApiServer } from "../kube/api-server.ts";
import { shortened } from "./condition.ts";
import { consequence, imageList, problemsAndConsequence, roomForProblems } from "./consequence.ts";
import { whyDelayed } from "./namespace-pace.ts";
import { hasOwnStatus } from "./policy-kinds.ts";
import { keyOf, type RuleOutcome } from "./rule-book.ts";

/** What became of policies, and whether nodes are told of that and not of something earlier. */
export interface CompiledPolicies {
  readonly outcomes: readonly RuleOutcome[];
  readonly isPublished: boolean;
}

/** Tells of what happens to policies, where `kubectl describe` shows it. */
export interface PolicyEvents {
  /**
   * Tells what is other than last time, of policies without a status of ours that they are in force, too. An event that cannot
   * be written is lost where a status says the same; elsewhere it is tried again with the next look.
   */
  tell(policies: CompiledPolicies, signal: AbortSignal): Promise<void>;
}

interface News {
  readonly key: string;
  readonly said: string;
  readonly told: Told;
  /** nothing else says it */
  readonly isAlone: boolean;
  readonly event: ApiObject;
}

/** What is wrong comes before what is right, and what nothing else says before what a status does. */
function rank({ told, isAlone }: News): number {
  return (told.type === "Normal" ? 2 : 0) + (isAlone ? 0 : 1);
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

  /** nothing if there is nothing new */
  function newsOf(outcome: RuleOutcome, isPublished: boolean): readonly News[] {
    const { object, waiting } = outcome;
    const key = keyOf(object);
    const told = toldOf(outcome);
    const isAlone = !hasOwnStatus(object);
    // of what has no status it is to be seen which edition is meant
    const said = `${told.reason} ${told.message}${isAlone ? ` ${object.metadata.generation}` : ""}`;
    const before = last.get(key);
    if (before === said) return [];
    if (isAlone) {
      // nobody else says that it is in force
      const isYet = told.type === "Warning" || (isPublished && waiting === undefined);
      return isYet ? [{ key, said, told, isAlone, event: eventObject(object, told, wall()) }] : [];
    }
    last.set(key, said);
    // that a policy is as it should be is news only where it was not
    if (before === undefined && told.type === "Normal") return [];
    return [{ key, said, told, isAlone, event: eventObject(object, told, wall()) }];
  }

  return {
    async tell({ outcomes, isPublished }, signal) {
      for (const event of delaysOf(outcomes).slice(0, maxAtOnce)) {
        await server.create(events, event, signal).catch(() => {});
      }
      const news = outcomes.flatMap((outcome) => newsOf(outcome, isPublished));
      news.sort((a, b) => rank(a) - rank(b));
      for (const { key, said, event } of news.slice(0, maxAtOnce)) {
        const isWritten = await server.create(events, event, signal).then(
          () => true,
          () => false,
        );
        if (isWritten) last.set(key, said);
      }
      const present = new Set(outcomes.map(({ object }) => keyOf(object)));
      for (const key of last.keys()) if (!present.has(key)) last.delete(key);
    },
  };
}

function toldOf(outcome: RuleOutcome): Told {
  const { rule, standing, shortcomings, gatewayShortcomings = [], crioShortcomings = [] } = outcome;
  if (standing !== "asWritten") {
    const reason = standing === "asItWas" ? "KeptAsItWas" : "Invalid";
    return { type: "Warning", reason, message: problemsAndConsequence(outcome) };
  }
  const refused = shortcomings.filter(({ effect }) => effect === "refuses");
  const apart = [...gatewayShortcomings, ...crioShortcomings];
  if (rule !== undefined && refused.length === 0 && apart.length > 0) {
    const message = [...new Set(apart.map((one) => one.message))].join("; ");
    return { type: "Warning", reason: "NotEnforceable", message };
  }
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
