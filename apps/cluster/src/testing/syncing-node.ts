import { join } from "node:path";
import type { CountersignError } from "@countersign/engine/values/error";
import { systemTiming } from "@countersign/sources/timing";
import type { ApiAccess } from "../kube/api-access.ts";
import type { ApiFailure, ApiServer } from "../kube/api-server.ts";
import { apiServerOverHttp } from "../kube/api-server-over-http.ts";
import { systemPatience } from "../kube/patience.ts";
import { apiPublicationSource } from "../sync/api-publication-source.ts";
import { systemDisk } from "../sync/disk-writes.ts";
import { gatewayTarget } from "../sync/gateway-target.ts";
import { nodeReporter } from "../sync/node-reporter.ts";
import { ownedFiles } from "../sync/owned-files.ts";
import { partStore } from "../sync/part-store.ts";
import { type Applied, syncNode } from "../sync/sync-node.ts";
import type { DiskInMemory } from "./disk-in-memory.ts";

/** A node that syncs in this process, over HTTP, with files below a directory of its own. */
export interface SyncingNode {
  readonly policy: string;
  readonly directory: string;
  readonly namespaces: string;
  readonly applied: readonly Applied[];
  readonly failures: readonly (CountersignError | ApiFailure)[];
  /** Resolves once this generation or a later one is applied. */
  has(generation: number): Promise<void>;
  stop(): Promise<void>;
}

export interface SyncingNodes {
  readonly access: ApiAccess;
  readonly namespace: string;
  readonly root: string;
  /** what it keeps; undefined: on the disk, below `root` */
  readonly disk?: Pick<DiskInMemory, "store" | "files">;
  /** called once its files say what was published, before it goes on */
  readonly looked?: (outcome: Applied) => void;
  /** under which name it tells what it has; undefined: it tells nothing */
  readonly reports?: string;
  /** how its way to the API server is bent */
  readonly reached?: (server: ApiServer) => ApiServer;
}

export function startSyncingNode({
  access,
  namespace,
  root,
  disk,
  looked,
  reports,
  reached,
}: SyncingNodes): SyncingNode {
  const http = apiServerOverHttp(access);
  const server = reached === undefined ? http : reached(http);
  const paths = {
    policy: join(root, "policy.json"),
    directory: join(root, "policies"),
    namespaces: join(root, "namespaces.json"),
    registriesD: join(root, "registries.d"),
  };
  const state = join(root, "state");
  const applied: Applied[] = [];
  const failures: (CountersignError | ApiFailure)[] = [];
  const waiting = new Set<() => void>();
  const tell = () => {
    for (const wake of waiting) wake();
  };
  const stopping = new AbortController();
  // short, as nobody is to be spared here; never none, as a server that is away must not be asked in a loop
  const pause = (_failures: number, least: number | undefined, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(least ?? 0, 20));
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  const reporter =
    reports === undefined
      ? undefined
      : nodeReporter({
          ...{ server, namespace, node: reports, target: "gateway", wall: Date.now },
          timing: { ...systemTiming, now: () => performance.now() },
          patience: systemPatience,
          failed: (error) => failures.push(error),
        });
  const reporting = reporter?.run(stopping.signal);
  const running = syncNode(
    {
      source: apiPublicationSource({
        ...{ server, namespace, patience: { pause } },
        unreachable: (error) => failures.push(error),
        absent() {},
      }),
      store: disk?.store ?? partStore(state, systemDisk),
      files:
        disk?.files ??
        ownedFiles({ directory: state, adopts: new Set(), disk: systemDisk, others: async () => new Map() }),
      target: gatewayTarget(paths),
      events: {
        applied(outcome) {
          looked?.(outcome);
          applied.push(outcome);
          reporter?.applied(outcome);
          tell();
        },
        failed: (_generation, error) => failures.push(error),
      },
      pause: (failed, signal) => pause(failed, undefined, signal),
    },
    stopping.signal,
  );
  return {
    ...paths,
    ...{ applied, failures },
    has: (generation) =>
      new Promise((resolve) => {
        const look = () => {
          if ((applied.at(-1)?.generation ?? 0) < generation) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async stop() {
      stopping.abort();
      await Promise.all([running, reporting]);
      await http.close();
    },
  };
}
