import type { Logger } from "pino";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { PassOutcome } from "../controller/cluster-pass.ts";
import type { ControllerEvents } from "../controller/run-controller.ts";

/** What a controller shows of itself. */
export interface ControllerRecord {
  readonly registry: Registry;
  readonly events: ControllerEvents;
  /** why policies are not published just now; nothing when they are, or when another one does that */
  reasonsNotReady(): readonly string[];
}

/** Of one look: a thousand policies may refer to one Secret. */
const mostTold = 20;

/** Logs what happens, and counts it. No label is anything that a policy's author can choose. */
export function controllerRecord(log: Logger): ControllerRecord {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  const leader = gauge("countersign_controller_leader", "1 on the controller that publishes.");
  const policies = gauge("countersign_controller_policies", "Policy resources in the cluster.");
  const problems = gauge(
    "countersign_controller_policies_not_in_force",
    "Policy resources of which an older version is in force, or nothing.",
  );
  const generation = gauge("countersign_controller_generation", "The publication in force.");
  const parts = gauge("countersign_controller_parts", "Objects that the publication in force consists of.");
  const refused = gauge(
    "countersign_controller_publication_refused",
    "1 while the policies together are no policy, and nothing newer is published.",
  );
  const delayedNamespaces = gauge(
    "countersign_controller_delayed_namespaces",
    "Namespaces whose policies change so often that nodes are told of them later.",
  );
  const refusedNamespaces = gauge(
    "countersign_controller_refused_namespaces",
    "Namespaces all of whose images are refused everywhere or on some nodes, as their policies are too much.",
  );
  const nodes = new Gauge({
    name: "countersign_controller_nodes",
    help: "Nodes that reported lately: all, those with the publication in force, those that cannot apply one, or not for every namespace.",
    labelNames: ["state"],
    registers: [registry],
  });
  const count = (name: string, help: string) => new Counter({ name, help, registers: [registry] });
  const publications = count("countersign_controller_publications_total", "Publications written.");
  const statuses = count("countersign_controller_status_writes_total", "Statuses of policies written.");
  const failures = new Counter({
    name: "countersign_controller_failures_total",
    help: "Calls of the API server that failed, by what was under way and how it failed.",
    labelNames: ["during", "code"],
    registers: [registry],
  });
  leader.set(0);

  let leads = false;
  let waiting: string | undefined;
  let lastFailure: string | undefined;
  let refusal: string | undefined;
  let wrong: ReadonlySet<string> = new Set();

  /** Each policy once, until it is mended or wrong in another way. */
  function tellWrong(found: PassOutcome["problems"]): void {
    const keys = found.map(({ policy, reason }) => `${policy} ${reason}`);
    const news = found.filter((_, at) => !wrong.has(keys[at] ?? ""));
    for (const one of news.slice(0, mostTold)) log.warn(one, "this policy is not in force as it is written");
    if (news.length > mostTold) {
      log.warn(
        { policies: news.length - mostTold },
        "so are these many others; their statuses and events say why",
      );
    }
    wrong = new Set(keys);
  }

  let late: ReadonlySet<string> = new Set();

  /** Each namespace once, until it has caught up. */
  function tellDelayed(delayed: readonly string[]): void {
    delayedNamespaces.set(delayed.length);
    const news = delayed.filter((namespace) => !late.has(namespace));
    if (news.length > 0) {
      const said = { namespaces: news.slice(0, mostTold), count: news.length };
      log.warn(said, "the policies of these namespaces change too often; nodes are told of them later");
    }
    late = new Set(delayed);
  }

  let tooMuch: ReadonlyMap<string, string> = new Map();

  /** Each namespace once, until it is mended or refused for something else. */
  function tellRefused(refusedNow: PassOutcome["refused"]): void {
    refusedNamespaces.set(refusedNow.size);
    const news = [...refusedNow].filter(([namespace, reason]) => tooMuch.get(namespace) !== reason);
    for (const [namespace, reason] of news.slice(0, mostTold)) {
      log.warn({ namespace, reason }, "this namespace's policies are too much, and its images are refused");
    }
    if (news.length > mostTold) {
      const said = { namespaces: news.length - mostTold };
      log.warn(said, "so are those of these many others; their statuses and events say why");
    }
    tooMuch = refusedNow;
  }

  let crioRefusal: string | undefined;

  function tellCrio(why: string | undefined): void {
    if (why !== undefined && why !== crioRefusal) {
      log.error({ reason: why }, "the policies for all namespaces are too much for CRI-O");
    }
    crioRefusal = why;
  }

  function passed({ published, refusal: why, census, told, ...counted }: PassOutcome): void {
    waiting = undefined;
    lastFailure = undefined;
    policies.set(counted.policies);
    problems.set(counted.problems.length);
    tellWrong(counted.problems);
    tellDelayed(counted.delayed);
    tellRefused(counted.refused);
    tellCrio(counted.crioRefusal);
    statuses.inc(told);
    refused.set(why === undefined ? 0 : 1);
    if (why !== undefined && why !== refusal) {
      log.error({ reason: why }, "the policies together are no policy; what was published stays in force");
    }
    refusal = why;
    nodes.set({ state: "reporting" }, census.reporting);
    nodes.set({ state: "troubled" }, census.troubled);
    if (published === undefined) return;
    nodes.set({ state: "applied" }, census.applied(published.generation));
    generation.set(published.generation);
    parts.set(published.parts);
    if (!published.isNew) return;
    publications.inc();
    const { policies: all, problems: wrongOnes } = counted;
    const { isNew: _, ...publication } = published;
    log.info({ ...publication, policies: all, problems: wrongOnes.length }, "published");
  }

  return {
    registry,
    reasonsNotReady() {
      if (!leads) return [];
      return [waiting, lastFailure, refusal].filter((why) => why !== undefined);
    },
    events: {
      passed,
      waiting(kinds) {
        const why = `waiting to be told of ${kinds.join(", ")}`;
        if (why !== waiting) log.warn({ kinds }, "nothing is published before these kinds are known");
        waiting = why;
      },
      failed(error) {
        failures.inc({ during: "publish", code: error.code });
        lastFailure = error.message;
        log.warn({ code: error.code, reason: error.message }, "publishing broke off; it is tried again");
      },
      view: {
        failed(kind, error) {
          failures.inc({ during: "follow", code: error.code });
          log.warn(
            { kind: kind.plural, code: error.code, reason: error.message },
            "this kind cannot be followed; what is known of it stays",
          );
        },
      },
      election: {
        began() {
          leads = true;
          leader.set(1);
          log.info("this controller leads");
        },
        ended(why) {
          leads = false;
          leader.set(0);
          log.info({ why }, "this controller leads no more");
        },
        failed(error) {
          failures.inc({ during: "elect", code: error.code });
          log.warn({ code: error.code, reason: error.message }, "the Lease could not be had or renewed");
        },
      },
    },
  };
}
