import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { type Effort, rounds } from "./effort.ts";
import { inTurn, timed } from "./in-turn.ts";
import { peersMissing } from "./peers.ts";
import { startPullNode } from "./pull-node.ts";
import { type BenchRow, notMeasured } from "./row.ts";
import { percentile, rounded } from "./statistics.ts";

const peer = "containerd 2.1 straight";
const target = "+ ≤ 0.25 ms p50, + ≤ 1 ms p99, 1 and 16 callers";

/** What the gateway adds to the kubelet's small calls, which it only passes on. */
export async function run(effort: Effort): Promise<BenchRow> {
  const missing = peersMissing();
  if (missing !== undefined) return notMeasured("gateway-unary", peer, target, missing);
  await using node = await startPullNode(16);
  const image = { image: { image: node.image.reference } };
  await node.throughGateway.pullImage(image);
  let calls = 0;
  const call = async (client: CriClient) => {
    if (calls++ % 4 < 2) await client.version({});
    else await client.imageStatus(image);
  };
  const added: Added[] = [];
  for (const callers of [1, 16]) {
    const sample = async (client: CriClient, into: number[]) => {
      const one = async () => into.push(await timed(() => call(client)));
      await Promise.all(Array.from({ length: callers }, one));
    };
    const ours: number[] = [];
    const straight: number[] = [];
    const contestants = [
      () => timed(() => sample(node.throughGateway, ours)),
      () => timed(() => sample(node.straight, straight)),
    ];
    await inTurn(contestants, 0, effort === "full" ? 500 : 2);
    ours.length = 0;
    straight.length = 0;
    await inTurn(contestants, rounds(effort, 4000 / callers), 0);
    added.push({ callers, ours, straight });
  }
  const [alone] = added;
  const p50 = percentile(alone?.ours ?? [], 0.5);
  const straightP50 = percentile(alone?.straight ?? [], 0.5);
  return {
    id: "gateway-unary",
    value: rounded(p50),
    unit: "ms",
    peer,
    peerValue: rounded(straightP50),
    ratio: rounded(p50 / straightP50, 2),
    target,
    reached: added.every((one) => gap(one, 0.5) <= 0.25 && gap(one, 0.99) <= 1),
    note: added
      .map((one) => `${one.callers} callers: p50 + ${gap(one, 0.5)} ms, p99 + ${gap(one, 0.99)} ms`)
      .join("; "),
  };
}

/** Times of single calls, by the number of callers at once. */
interface Added {
  readonly callers: number;
  readonly ours: readonly number[];
  readonly straight: readonly number[];
}

function gap({ ours, straight }: Added, share: number): number {
  return rounded(percentile(ours, share) - percentile(straight, share));
}
