import { spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { bundledCountersign } from "../e2e/peers/bundled-countersign.ts";
import { gatewayArguments } from "../e2e/peers/gateway.ts";
import { environment } from "../e2e/peers/own-environment.ts";
import { makeScratch } from "../e2e/peers/scratch.ts";
import type { TrustFiles } from "../e2e/peers/trust-files.ts";

/** The released gateway in a process of its own. */
export interface GatewayProcess {
  readonly socket: string;
  readonly pid: number;
  /** milliseconds from before it was started until its socket took a connection */
  readonly startTime: number;
  close(): Promise<void>;
}

export async function startGatewayProcess(runtimeSocket: string, trust: TrustFiles): Promise<GatewayProcess> {
  const program = await bundledCountersign();
  const scratch = await makeScratch("bench-gateway");
  const socket = join(scratch.path, "cri.sock");
  const began = performance.now();
  const child = spawn(program, gatewayArguments(socket, runtimeSocket, trust), {
    stdio: ["ignore", "ignore", "inherit"],
    env: environment,
  });
  await once(child, "spawn");
  const ended = once(child, "exit");
  while (!(await accepts(socket))) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
    await delay(1);
  }
  const startTime = performance.now() - began;
  if (child.pid === undefined) throw new Error("a running process has an id");
  return {
    socket,
    pid: child.pid,
    startTime,
    async close() {
      child.kill("SIGTERM");
      await ended;
      await scratch.remove();
    },
  };
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
