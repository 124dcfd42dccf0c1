import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startRuntime } from "@countersign/testkit/runtime/runtime";
import { bundledCountersign } from "../../peers/bundled-countersign.ts";
import { makeScratch } from "../../peers/scratch.ts";
import { startGatewayProcess } from "../world/gateway-process.ts";

const program = fileURLToPath(new URL("broken-gateway.ts", import.meta.url));

describe("a gateway that is broken on purpose", () => {
  it("leaves nothing running when it is killed", { timeout: 120_000 }, async () => {
    const scratch = await makeScratch("broken-gateway");
    const runtimeSocket = join(scratch.path, "runtime.sock");
    await using runtime = await startRuntime({ socket: runtimeSocket });
    const socket = join(scratch.path, "cri.sock");
    const gateway = await startGatewayProcess(scratch.path, socket, [
      ...[process.execPath, program, "lets everything in", await bundledCountersign(), "gateway"],
      ...["--listen", `unix://${socket}`, "--runtime-endpoint", `unix://${runtime.socket}`],
      ...["--signature-policy", join(scratch.path, "policy.json"), "--evidence-dir", scratch.path],
    ] as [string, ...string[]]);
    assert.equal(await answers(`${socket}.inner`), true);
    await gateway.close();
    while (await answers(`${socket}.inner`)) await delay(10);
    await scratch.remove();
  });
});

/** Whether somebody listens there. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
