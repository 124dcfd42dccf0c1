import { homedir } from "node:os";
import { userEnvironment } from "@countersign/sources/environment";
import { jsonLog } from "@countersign/sources/serving/json-log";
import { logOutput } from "@countersign/sources/serving/log-output";
import type { DestinationStream } from "pino";
import type { GatewayConfig } from "./config.ts";
import { keepAlive, serviceManager } from "./service-manager/service-manager.ts";
import { startGateway } from "./start-gateway.ts";

/**
 * Runs a gateway until `signal` aborts, then drains it. The only place here that sees the process environment.
 * @param output - where the log goes, a line at a time; standard output by default
 * @throws CountersignError when it cannot start
 */
export async function runGateway(
  config: GatewayConfig,
  signal: AbortSignal,
  output: DestinationStream = logOutput(),
): Promise<void> {
  const log = jsonLog(config.logLevel, output);
  const user = { home: process.env["HOME"] || homedir(), uid: process.getuid?.() ?? 0 };
  const manager = serviceManager(process.env, process.pid);
  const gateway = await startGateway(config, {
    environment: userEnvironment(process.env, user),
    processor: process.arch,
    log,
    passedSocket: manager.listen,
  });
  using _alive = keepAlive(manager);
  manager.notifier.send(`READY=1\nSTATUS=serving CRI on ${config.listen.url}`);
  await aborted(AbortSignal.any([signal, gateway.displaced]));
  manager.notifier.send("STOPPING=1\nSTATUS=no new calls, those under way may end");
  await gateway.drain();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
