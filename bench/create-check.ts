import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import { runPod } from "../e2e/peers/pods.ts";
import { type Effort, rounds } from "./effort.ts";
import { inTurn } from "./in-turn.ts";
import { peersMissing } from "./peers.ts";
import { startPullNode } from "./pull-node.ts";
import { type BenchRow, notMeasured } from "./row.ts";
import { percentile, rounded } from "./statistics.ts";

const peer = "CreateContainer straight to containerd 2.1";
const target = "+ ≤ 1 ms p50, + ≤ 4 ms p99";

/** A container of a signed image whose evidence is on the node, as a kubelet makes it; each is removed again. */
export async function run(effort: Effort): Promise<BenchRow> {
  const missing = peersMissing();
  if (missing !== undefined) return notMeasured("create-check", peer, target, missing);
  await using node = await startPullNode(16);
  await node.throughGateway.pullImage({ image: { image: node.image.reference } });
  const pod = await runPod(node.straight, node.runtime, "default");
  const { sandboxConfig } = pod;
  let made = 0;
  const create = async (client: CriClient): Promise<number> => {
    const config = {
      metadata: { name: `container-${made++}` },
      image: { image: node.image.id, userSpecifiedImage: node.image.reference },
    };
    const began = performance.now();
    const { containerId } = await client.createContainer({ podSandboxId: pod.id, config, sandboxConfig });
    const took = performance.now() - began;
    await node.straight.removeContainer({ containerId });
    return took;
  };
  const [ours = [], straight = []] = await inTurn(
    [() => create(node.throughGateway), () => create(node.straight)],
    rounds(effort, 500),
    30,
  );
  const [p50, straightP50] = [percentile(ours, 0.5), percentile(straight, 0.5)];
  const more = rounded(p50 - straightP50, 2);
  const moreAtWorst = rounded(percentile(ours, 0.99) - percentile(straight, 0.99), 1);
  await pod.remove();
  return {
    id: "create-check",
    value: rounded(p50, 2),
    unit: "ms",
    peer,
    peerValue: rounded(straightP50, 2),
    ratio: rounded(p50 / straightP50, 2),
    target,
    reached: more <= 1 && moreAtWorst <= 4,
    note: `p50 + ${more} ms, p99 + ${moreAtWorst} ms`,
  };
}
