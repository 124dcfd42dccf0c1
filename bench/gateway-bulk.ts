import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { environment } from "../e2e/peers/own-environment.ts";
import { makeScratch } from "../e2e/peers/scratch.ts";
import { acceptAnything, writeTrustFiles } from "../e2e/peers/trust-files.ts";
import { type Effort, rounds } from "./effort.ts";
import { startGatewayProcess } from "./gateway-process.ts";
import { inTurn, timed } from "./in-turn.ts";
import type { BenchRow } from "./row.ts";
import { median, rounded } from "./statistics.ts";

const images = "/runtime.v1.ImageService/ListImages";
const events = "/runtime.v1.RuntimeService/GetContainerEvents";
const mebibytes = 16;

/**
 * What the gateway leaves of throughput, with client, gateway and runtime each in a process of its own. The client's
 * windows are as wide as grpc-go's grow by themselves on such a link (16 MiB at most); grpc-js keeps 64 KiB, and would
 * measure how often three processes take turns.
 */
export async function run(effort: Effort): Promise<BenchRow> {
  await using closing = new AsyncDisposableStack();
  const scratch = await makeScratch("bench-bulk");
  closing.defer(() => scratch.remove());
  const socket = join(scratch.path, "runtime.sock");
  closing.defer(await startBulkRuntime(socket));
  const trust = await writeTrustFiles(scratch.path, ["127.0.0.1:5000"], { default: [acceptAnything] });
  const gateway = await startGatewayProcess(socket, trust);
  closing.defer(() => gateway.close());
  const [throughGateway, straight] = [gateway.socket, socket].map((path) => closing.use(connect(path)));
  if (throughGateway === undefined || straight === undefined) throw new Error("two clients were made");

  const answers = await inTurn(
    [throughGateway, straight].map((client) => () => timed(() => client.callBytes(images, new Uint8Array()))),
    rounds(effort, 60),
    effort === "full" ? 10 : 1,
  );
  const streams = await inTurn(
    [throughGateway, straight].map((client) => () => timed(() => drain(client))),
    rounds(effort, 20),
    effort === "full" ? 5 : 1,
  );
  const [value = Number.NaN, peerValue = Number.NaN] = answers.map(
    (times) => (mebibytes / median(times)) * 1000,
  );
  const ratio = rounded(value / peerValue, 2);
  const [ours = Number.NaN, theirs = Number.NaN] = streams.map(median);
  const streamRatio = rounded(theirs / ours, 2);
  return {
    id: "gateway-bulk",
    value: rounded(value, 0),
    unit: "MiB/s",
    peer: "straight to the same runtime",
    peerValue: rounded(peerValue, 0),
    ratio,
    target: "≥ 0.8× throughput, a 16 MiB answer and a long stream",
    reached: ratio >= 0.8 && streamRatio >= 0.8,
    note: `one 16 MiB answer; a stream of 20,000 messages of 1 KiB: ${streamRatio}×`,
  };
}

function connect(socket: string): CriClient {
  return connectCri(socket, { "grpc-node.flow_control_window": 16 * 1024 * 1024 });
}

async function drain(client: CriClient): Promise<void> {
  const stream = client.streamBytes(events, new Uint8Array());
  stream.resume();
  await once(stream, "end");
}

/** @returns how to stop it */
async function startBulkRuntime(socket: string): Promise<() => Promise<void>> {
  const program = join(import.meta.dirname, "bulk-runtime.ts");
  const child = spawn(process.execPath, [program, socket], {
    stdio: ["ignore", "pipe", "inherit"],
    env: environment,
  });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  return async () => {
    child.kill("SIGTERM");
    await ended;
  };
}
