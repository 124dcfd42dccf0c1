import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { type Effort, rounds } from "./effort.ts";
import { inTurn, timed } from "./in-turn.ts";
import { peersMissing } from "./peers.ts";
import { startPullNode } from "./pull-node.ts";
import { type BenchRow, notMeasured } from "./row.ts";
import { median, rounded } from "./statistics.ts";

const peer = "PullImage straight to containerd 2.1";
const target = "+ ≤ 8 ms";

/** A signed image that is already there, pulled again, as `imagePullPolicy: Always` does with every container. */
export async function run(effort: Effort): Promise<BenchRow> {
  const missing = peersMissing();
  if (missing !== undefined) return notMeasured("repull", peer, target, missing);
  await using node = await startPullNode(16);
  const image = { image: node.image.reference };
  const pull = (client: CriClient) => timed(() => client.pullImage({ image }));
  const [ours = [], straight = []] = await inTurn(
    [() => pull(node.throughGateway), () => pull(node.straight)],
    rounds(effort, 200),
    20,
  );
  const value = median(ours);
  const peerValue = median(straight);
  const more = rounded(value - peerValue, 1);
  return {
    id: "repull",
    value: rounded(value, 1),
    unit: "ms",
    peer,
    peerValue: rounded(peerValue, 1),
    ratio: rounded(value / peerValue, 2),
    target,
    reached: more <= 8,
    note: `+ ${more} ms; CRI-O, whose own verified pull is the measure, is not packaged, so containerd without any check stands in`,
  };
}
