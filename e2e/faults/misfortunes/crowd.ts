import { setTimeout as delay } from "node:timers/promises";
import { clientPreface } from "@countersign/gateway/relay/frame";
import type { FrameCaller } from "@countersign/gateway/testing/frame-caller";
import { noExcuses } from "../questions/excuses.ts";
import type { Violations } from "../violation.ts";
import { rawCall, wide } from "../world/raw-call.ts";
import { reachGateway } from "../world/reach-gateway.ts";
import type { World } from "../world/world.ts";
import type { Misfortune } from "./misfortune.ts";

const list = "/runtime.v1.RuntimeService/ListContainers";
const version = "/runtime.v1.RuntimeService/Version";
const pull = "/runtime.v1.ImageService/PullImage";

/** Milliseconds for all answers together. */
const patience = 60_000;

/** Thousands of calls at one time over one connection, by a caller that reads its answers, if late. */
export const crowd: Misfortune = {
  name: "crowd",
  touches: ["callers", "runtime", "gateway"],
  plan(draw) {
    const calls = draw.one([1_000, 3_000, 10_000]);
    const path = draw.one([list, version, pull] as const);
    return {
      what: `${calls} calls to ${path.slice(path.lastIndexOf("/") + 1)} at one time`,
      excuses: {
        ...noExcuses,
        pulls: ["exhausted"],
        creations: ["exhausted"],
        unknownCreations: ["exhausted"],
      },
      lasts: 0,
      async begin(world, violations) {
        await pressIn(world, path, calls, violations);
        return async () => {};
      },
    };
  },
};

/** Sends all calls before it reads an answer, and wants one for each: of the image's pulls, a refusal. */
async function pressIn(
  { gateway, images }: World,
  path: string,
  calls: number,
  violations: Violations,
): Promise<void> {
  using caller = await reachGateway(gateway.socket, violations);
  if (caller === undefined) return;
  caller.pause();
  const { reference } = images.find(({ contents: [{ signers }] }) => signers.size === 0) ?? images[0];
  const spec = Buffer.from(reference);
  const message =
    path === pull ? Buffer.concat([Buffer.of(10, spec.length + 2, 10, spec.length), spec]) : Buffer.alloc(0);
  const frames = Array.from({ length: calls }, (_, at) => rawCall(2 * at + 1, path, message));
  caller.write(clientPreface, ...wide, ...frames);
  await delay(50);
  caller.resume();
  const answered = new Map<number, string>();
  const cut = await Promise.race([
    readAnswers(caller, answered, calls).then(
      () => undefined,
      (error: unknown) => String(error),
    ),
    delay(patience, "nothing more came", { ref: false }),
  ]);
  if (cut !== undefined)
    violations.add("no answer", `${calls - answered.size} of ${calls} calls to ${path}: ${cut}`);
  for (const status of answered.values()) {
    if (path === pull && status === "0")
      violations.add("wrongly allowed", `one of ${calls} pulls of ${reference}`);
    if (path !== pull && status !== "0")
      violations.add("unexplained failure", `one of ${calls} calls to ${path} ended with ${status}`);
  }
}

/** @throws Error when the connection ends before every call has its answer */
async function readAnswers(caller: FrameCaller, answered: Map<number, string>, calls: number): Promise<void> {
  while (answered.size < calls) {
    const { stream, fields } = await caller.nextHeaders();
    const status = fields.get("grpc-status");
    if (status !== undefined) answered.set(stream, status);
  }
}
