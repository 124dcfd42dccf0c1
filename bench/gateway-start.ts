import { join } from "node:path";
import { startRuntime } from "@countersign/testkit/runtime/runtime";
import { bundledCountersign } from "../e2e/peers/bundled-countersign.ts";
import { makeScratch } from "../e2e/peers/scratch.ts";
import { acceptAnything, writeTrustFiles } from "../e2e/peers/trust-files.ts";
import { type Effort, rounds } from "./effort.ts";
import { startGatewayProcess } from "./gateway-process.ts";
import { inTurn, timed } from "./in-turn.ts";
import { succeed } from "./process.ts";
import type { BenchRow } from "./row.ts";
import { median, rounded } from "./statistics.ts";

/** From before the process starts until its socket takes a connection; the floor is Node itself with nothing to do. */
export async function run(effort: Effort): Promise<BenchRow> {
  await using closing = new AsyncDisposableStack();
  const scratch = await makeScratch("bench-start");
  closing.defer(() => scratch.remove());
  const runtime = closing.use(await startRuntime({ socket: join(scratch.path, "runtime.sock") }));
  const trust = await writeTrustFiles(scratch.path, ["127.0.0.1:5000"], { default: [acceptAnything] });
  await bundledCountersign();
  const start = async () => {
    const gateway = await startGatewayProcess(runtime.socket, trust);
    await gateway.close();
    return gateway.startTime;
  };
  const node = () => timed(() => succeed([process.execPath, "-e", "0"]));
  const [gateways = [], nodes = []] = await inTurn([start, node], rounds(effort, 20), 2);
  const value = rounded(median(gateways), 1);
  const floor = rounded(median(nodes), 1);
  return {
    id: "gateway-start",
    value,
    unit: "ms",
    peer: "node -e 0",
    peerValue: floor,
    ratio: rounded(value / floor, 2),
    target: "≤ 150 ms",
    reached: value <= 150,
    note: "start to serving socket, bundled; Node with nothing to do is the floor, not a peer",
  };
}
