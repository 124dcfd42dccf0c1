import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApiAccess } from "@countersign/cluster/kube/api-access";
import { type SyncingNode, startSyncingNode } from "@countersign/cluster/testing/syncing-node";

/** Many nodes that sync, each with a connection and a directory of its own, in this process; they report as nodes do. */
export interface Fleet {
  readonly nodes: readonly SyncingNode[];
  /** @returns milliseconds since `from`, node by node, at which each had this generation or a later one */
  everyNodeHas(generation: number, from?: number): Promise<readonly number[]>;
  /** a file of each node, by its path below the node's directory */
  files(name: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** @param looked called for a node, by its directory, once its files say what was published, before it goes on */
export function startFleet(
  size: number,
  access: ApiAccess,
  namespace: string,
  root: string,
  looked: (directory: string, generation: number) => void = () => {},
): Fleet {
  const rootOf = (at: number) => join(root, `node-${at}`);
  const nodes = Array.from({ length: size }, (_, at) =>
    startSyncingNode({
      ...{ access, namespace, root: rootOf(at), reports: `node-${at}` },
      looked: ({ generation }) => looked(rootOf(at), generation),
    }),
  );
  return {
    nodes,
    async everyNodeHas(generation, from = 0) {
      return await Promise.all(
        nodes.map(async (node) => {
          await node.has(generation);
          return performance.now() - from;
        }),
      );
    },
    files: (name) => Promise.all(nodes.map((_, at) => readFile(join(rootOf(at), name), "utf8"))),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
