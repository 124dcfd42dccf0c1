/**
 * A gateway that is broken on purpose, to see that it is found out: the real one, with something in front that spoils it.
 *
 *   node broken-gateway.ts HOW REAL_GATEWAY gateway --listen unix:///PATH --runtime-endpoint unix:///PATH …
 */
import { spawn } from "node:child_process";
import { openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import type { Gate, GateAnswer, GatedCall, RuntimeAnswer, RuntimeClient } from "@countersign/gateway/gate";
import { createRelay } from "@countersign/gateway/relay/relay";
import { openRuntime } from "@countersign/gateway/runtime/runtime-client";
import { parseEndpoint, type RuntimeEndpoint } from "@countersign/gateway/runtime/runtime-endpoint";
import { systemTiming } from "@countersign/sources/timing";

interface Sides {
  /** the real gateway */
  readonly honest: RuntimeClient;
  readonly runtime: RuntimeClient;
}

/** What becomes of the calls that bring images in. */
type Breakage = (call: GatedCall, sides: Sides) => Promise<GateAnswer>;

const pull = "/runtime.v1.ImageService/PullImage";
const version = "/runtime.v1.RuntimeService/Version";
const create = "/runtime.v1.RuntimeService/CreateContainer";
const remembered = new Map<string, GateAnswer>();
const leaked: unknown[] = [];
let calls = 0;

const breakages: Readonly<Record<string, Breakage>> = {
  "lets everything in": (call, { runtime }) => pass(call, runtime),
  "judges no containers": (call, { honest, runtime }) => pass(call, call.path === create ? runtime : honest),
  "remembers for good who may pull": async (call, { honest, runtime }) => {
    const key = Buffer.from(call.message).toString("hex");
    if (remembered.has(key)) return await pass(call, runtime);
    const answer = await pass(call, honest);
    if (answer.type === "answer" && call.path === pull) remembered.set(key, answer);
    return answer;
  },
  "takes every failure for a bad signature": async (call, { honest }) => {
    const answer = await pass(call, honest);
    if (answer.type !== "status") return answer;
    return {
      type: "status",
      status: { code: 2, message: `SignatureValidationFailed: ${answer.status.message}` },
    };
  },
  "leaves what it refuses on the disk": async (call, { honest, runtime }) => {
    const answer = await pass(call, honest);
    if (answer.type === "status" && call.path === pull) await pass(call, runtime);
    return answer;
  },
  "makes up its containers": async (call, { honest }) => {
    const answer = await pass(call, honest);
    if (answer.type === "status" || call.path === pull) return answer;
    return { type: "answer", message: Buffer.from("\n\x04none"), metadata: [] };
  },
  "never forgets an outage": async (call, { honest }) => {
    const known = remembered.get("");
    if (known !== undefined) return known;
    const answer = await pass(call, honest);
    if (answer.type === "status" && answer.status.code === 14) remembered.set("", answer);
    return answer;
  },
  "leaks descriptors": async (call, { honest }) => {
    for (let n = 0; n < 10; n++) leaked.push(openSync("/dev/null", "r"));
    return await pass(call, honest);
  },
  "leaks memory": async (call, { honest }) => {
    leaked.push(Buffer.alloc(20_000_000, 1));
    return await pass(call, honest);
  },
  "leaks a little": async (call, { honest }) => {
    leaked.push(Buffer.alloc(100_000, 1));
    return await pass(call, honest);
  },
  "dies now and then": async (call, { honest }) => {
    calls += 1;
    if (calls > 10) process.exit(1);
    return await pass(call, honest);
  },
};

async function pass(call: GatedCall, to: RuntimeClient): Promise<GateAnswer> {
  const answer = await to.unary(call.path, call.message, call.metadata, call.signal);
  return answer.type === "ok" ? { type: "answer", message: answer.message, metadata: [] } : answer;
}

const [, , how = "", real = "", ...flags] = process.argv;
const breakage = breakages[how];
if (breakage === undefined) throw new Error(`${how} is none of ${Object.keys(breakages).join(", ")}`);
const endpointOf = (flag: string): RuntimeEndpoint => parseEndpoint(flags[flags.indexOf(flag) + 1] ?? "");
const listen = endpointOf("--listen");
const inner = parseEndpoint(`${listen.url}.inner`);
rmSync(listen.path, { force: true });
const innerFlags = flags.map((flag) => (flag === listen.url ? inner.url : flag));
// It must not outlive us, who are killed in ways that nobody can catch.
spawn("setpriv", ["--pdeathsig", "KILL", real, ...innerFlags], { stdio: ["ignore", "ignore", "inherit"] });
const runtimeEndpoint = endpointOf("--runtime-endpoint");
const sides: Sides = { honest: openRuntime(inner), runtime: openRuntime(runtimeEndpoint) };
const gate: Gate = { paths: new Set([pull, create]), ask: (call) => breakage(call, sides) };
const relay = createRelay({
  ...{ runtime: runtimeEndpoint, gate, serves: () => true, timing: systemTiming },
  forwarder: openRuntime(runtimeEndpoint),
  report: () => {},
});
while (!(await sides.honest.unary(version, Buffer.alloc(0), [], AbortSignal.timeout(1000)).then(isServing)))
  await delay(10);
createServer((caller) => relay.accept(caller)).listen(listen.path);

function isServing(answer: RuntimeAnswer): boolean {
  return answer.type === "ok";
}
