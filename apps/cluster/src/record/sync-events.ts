import type { Logger } from "pino";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { ApiFailure } from "../kube/api-server.ts";
import type { SyncEvents } from "../sync/sync-node.ts";

/** What a node's sync shows of itself. */
export interface SyncRecord {
  readonly registry: Registry;
  readonly events: SyncEvents;
  unreachable(error: ApiFailure): void;
  notReported(error: ApiFailure): void;
  /** @param why in words for people */
  absent(why: string): void;
  /** why the node has not what the cluster says; nothing when it has */
  reasonsNotReady(): readonly string[];
}

export function syncRecord(log: Logger): SyncRecord {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  const count = (name: string, help: string) => new Counter({ name, help, registers: [registry] });
  const generation = gauge("countersign_sync_generation", "The publication that this node's files say.");
  const appliedAt = gauge("countersign_sync_last_applied_timestamp_seconds", "When it was applied.");
  const refusedNamespaces = gauge(
    "countersign_sync_refused_namespaces",
    "Namespaces all of whose images are refused, as their policies together are no policy.",
  );
  const leftNamespaces = gauge(
    "countersign_sync_left_namespaces",
    "Namespaces that go by a file of somebody else's on this node, instead of the cluster's policies.",
  );
  const fetched = count("countersign_sync_parts_fetched_total", "Parts of publications fetched.");
  const files = count("countersign_sync_files_changed_total", "Files written or removed.");
  const failures = count("countersign_sync_failures_total", "Publications that could not be applied.");
  const away = count(
    "countersign_sync_unreachable_total",
    "Failed attempts to follow the publication or to report.",
  );

  let applied = false;
  let failure: string | undefined;
  let lastSaid = "";

  /** What is tried again within a second fails alike: it is said once, until something else happens. */
  function sayOnce(level: "warn" | "error", said: object, message: string): void {
    const line = JSON.stringify([message, said]);
    if (line !== lastSaid) log[level](said, message);
    lastSaid = line;
  }

  return {
    registry,
    reasonsNotReady: () =>
      failure !== undefined ? [failure] : applied ? [] : ["no publication was applied yet"],
    unreachable(error) {
      away.inc();
      sayOnce(
        "warn",
        { code: error.code, reason: error.message },
        "the API server cannot be followed; the node keeps what it has",
      );
    },
    absent: (why) => sayOnce("warn", {}, why),
    notReported(error) {
      away.inc();
      log.warn({ code: error.code, reason: error.message }, "what the node has could not be reported");
    },
    events: {
      applied(outcome) {
        applied = true;
        failure = undefined;
        lastSaid = "";
        generation.set(outcome.generation);
        appliedAt.setToCurrentTime();
        fetched.inc(outcome.fetched);
        files.inc(outcome.changed.length);
        refusedNamespaces.set(outcome.refused.size);
        for (const [namespace, reason] of outcome.refused) {
          log.error({ namespace, reason }, "this namespace's policies are no policy; its images are refused");
        }
        leftNamespaces.set(outcome.left.size);
        for (const [namespace, reason] of outcome.left) {
          log.error(
            { namespace, reason },
            "this namespace goes by somebody else's file, not by the cluster's policies; all others are applied",
          );
        }
        for (const [scope, file] of outcome.elsewhere) {
          log.warn(
            { scope: scope === "" ? "default-docker" : scope, file },
            "this file speaks of a scope of the policies, and is left alone: add use-sigstore-attachments: true there, or attached signatures are not found",
          );
        }
        const said = { generation: outcome.generation, fetched: outcome.fetched };
        log.info({ ...said, changed: outcome.changed.length }, "applied");
      },
      failed(of, error) {
        failures.inc();
        failure = error.message;
        const said = { generation: of, code: error.code, reason: error.message };
        sayOnce("error", said, "this publication is not applied; the node keeps what it has");
      },
    },
  };
}
