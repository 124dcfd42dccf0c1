import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { type Effort, rounds } from "./effort.ts";
import { inTurn, timed } from "./in-turn.ts";
import { peersMissing } from "./peers.ts";
import { startPullNode } from "./pull-node.ts";
import { type BenchRow, notMeasured } from "./row.ts";
import { median, rounded } from "./statistics.ts";

const peer = "PullImage straight to containerd 2.1";
const target = "≤ 1.10×";
const fiftyMegabytes = 50_000_000;

/** A signed image that is not there yet, pulled, verified and unpacked, against the same pull without a gateway. */
export async function run(effort: Effort): Promise<BenchRow> {
  const missing = peersMissing();
  if (missing !== undefined) return notMeasured("pull-signed", peer, target, missing);
  await using node = await startPullNode(fiftyMegabytes);
  const image = { image: node.image.reference };
  const pull = async (client: CriClient) => {
    const took = await timed(() => client.pullImage({ image }));
    // By id, which takes every name and every layer with it.
    await node.straight.removeImage({ image: { image: node.image.id } });
    return took;
  };
  const [ours = [], straight = []] = await inTurn(
    [() => pull(node.throughGateway), () => pull(node.straight)],
    rounds(effort, 20),
    2,
  );
  const value = median(ours);
  const peerValue = median(straight);
  const ratio = rounded(value / peerValue, 2);
  return {
    id: "pull-signed",
    value: rounded(value, 0),
    unit: "ms",
    peer,
    peerValue: rounded(peerValue, 0),
    ratio,
    target,
    reached: ratio <= 1.1,
    note: "50 MB image signed with a key, local registry, removed between pulls",
  };
}
