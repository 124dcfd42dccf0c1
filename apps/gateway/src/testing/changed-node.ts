import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { examineNode } from "../doctor/examine-node.ts";
import type { Finding } from "../doctor/finding.ts";
import type { Planted } from "./planted-files.ts";
import { gatewayUnit, healthyNode, type PlantedNode, plantedProcess, viewOf } from "./planted-node.ts";

/** What is other than on the healthy node; undefined takes a file away, and what is below it. */
export type Change = Partial<Omit<PlantedNode, "tree">> & {
  readonly tree?: Readonly<Record<string, Planted | undefined>>;
};

export function changed({ tree = {}, ...rest }: Change): PlantedNode {
  const gone = Object.keys(tree).filter((path) => tree[path] === undefined);
  const kept = Object.entries({ ...healthyNode.tree, ...tree }).filter(
    (entry): entry is [string, Planted] =>
      entry[1] !== undefined && !gone.some((path) => entry[0].startsWith(`${path}/`)),
  );
  return { ...healthyNode, ...rest, tree: Object.fromEntries(kept) };
}

/** All that is not in order on a node. */
export async function complaintsOf(node: PlantedNode): Promise<readonly Finding[]> {
  return (await examineNode(viewOf(node))).filter(({ status }) => status !== "ok");
}

/** One thing wrong, which check says so and how bad it is (`problem pause-image`), and what it says. */
export type Complaint = readonly [what: string, change: Change, complaint: string, found: RegExp];

/** Each breaks one thing of a healthy node, and one check says so, with what follows and what to do. */
export function tellsOf(rows: readonly Complaint[]): void {
  describe("of a node with one thing wrong the doctor tells", () => {
    for (const [what, change, complaint, found] of rows) {
      it(what, async () => {
        const told = await complaintsOf(changed(change));
        const shown = told.map(({ status, check, found }) => `${status} ${check}: ${found}`).join("\n");
        const match = told.find((one) => `${one.status} ${one.check}` === complaint && found.test(one.found));
        assert.ok(match !== undefined && match.status !== "ok", shown);
        assert.ok(match.why !== "" && match.remedy !== "");
        assert.ok(!JSON.stringify(told).includes("hunter2"), "a secret");
      });
    }
  });
}

/** Each is another way to be healthy. */
export function hasNothingAgainst(rows: ReadonlyArray<readonly [what: string, change: Change]>): void {
  describe("the doctor has nothing against", () => {
    for (const [what, change] of rows) {
      it(what, async () => assert.deepEqual(await complaintsOf(changed(change)), []));
    }
  });
}

/** The kubelet, started with these flags besides its configuration's. */
export function kubeletWith(...flags: readonly string[]): Change {
  const argv = ["/usr/bin/kubelet", `--config=${kubeletConfig}`, ...flags];
  return { tree: plantedProcess(900, "kubelet", argv) };
}

export const kubeletConfig = "/var/lib/kubelet/config.yaml";

/** The gateway's unit with something else in it. */
export function unitWith(from: string | RegExp, to: string): Change {
  return { tree: { [gatewayUnit]: String(healthyNode.tree[gatewayUnit]).replace(from, to) } };
}

/** containerd's configuration with more lines. */
export function containerdWith(...lines: readonly string[]): Change {
  const file = "/etc/containerd/config.toml";
  return { tree: { [file]: `${healthyNode.tree[file]}${lines.join("\n")}\n` } };
}
