import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { clientPreface, frameType, windowUpdate } from "@countersign/gateway/relay/frame";
import { frameMessage } from "@countersign/gateway/relay/grpc-message";
import { dataFrame, FrameCaller, frameOf, requestHeaders } from "@countersign/gateway/testing/frame-caller";
import { noExcuses } from "../questions/excuses.ts";
import type { Violations } from "../violation.ts";
import type { World } from "../world/world.ts";
import type { Misfortune } from "./misfortune.ts";

const wide = [
  frameOf(frameType.settings, 0, 0, Buffer.of(0, 4, 0x7f, 0xff, 0xff, 0xff)),
  windowUpdate(0, 2 ** 30),
];
const list = "/runtime.v1.RuntimeService/ListContainers";
const podStatus = "/runtime.v1.RuntimeService/PodSandboxStatus";
const pull = "/runtime.v1.ImageService/PullImage";

/** Callers that ask for much and never read, or begin requests and never end them. Nobody else is to notice. */
export const callersStandStill: Misfortune = {
  name: "callers-stand-still",
  needsTestkit: true,
  touches: ["callers"],
  plan(draw) {
    const readers = draw.below(60);
    const writers = draw.below(60);
    const isDripping = draw.chance(0.5);
    return {
      what: `${readers} callers do not read, and ${writers} ${isDripping ? "drip" : "do not finish"} requests`,
      excuses: noExcuses,
      lasts: draw.one([500, 2000]),
      async begin(world) {
        await using callers = new AsyncDisposableStack();
        for (let n = 0; n < readers; n++) {
          const caller = callers.use(await FrameCaller.connect(world.gateway.socket));
          caller.pause();
          const asked = Buffer.concat([Buffer.of(10, world.bulkyPod.length), Buffer.from(world.bulkyPod)]);
          const calls = Array.from({ length: 8 }, (_, at) => request(2 * at + 1, podStatus, asked, true));
          caller.write(clientPreface, ...wide, ...calls);
        }
        for (let n = 0; n < writers; n++) {
          const caller = callers.use(await FrameCaller.greet(world.gateway.socket));
          caller.write(request(1, pull, Buffer.alloc(100), false));
          if (isDripping) callers.defer(dripping(() => caller.write(dataFrame(1, Buffer.of(97), false))));
        }
        const standing = callers.move();
        return () => standing.disposeAsync();
      },
    };
  },
};

/** Connections that come and go by the hundred, whole, half-begun or with calls under way, as after a restart of everything. */
export const reconnectStorm: Misfortune = {
  name: "reconnect-storm",
  touches: ["callers"],
  plan(draw) {
    const rounds = 2 + draw.below(5);
    const perRound = 20 + draw.below(150);
    const manners = Array.from({ length: 16 }, () => draw.below(4));
    return {
      what: `${rounds} times ${perRound} callers connect and leave`,
      excuses: noExcuses,
      lasts: 0,
      async begin(world) {
        for (let round = 0; round < rounds; round++) {
          await Promise.all(
            Array.from({ length: perRound }, (_, n) => comeAndGo(world, manners[n % manners.length] ?? 0)),
          );
        }
        return async () => {};
      },
    };
  },
};

/** Thousands of calls at one time over one connection, by a caller that reads its answers, if late. */
export const crowd: Misfortune = {
  name: "crowd",
  touches: ["callers", "runtime", "gateway"],
  plan(draw) {
    const calls = draw.one([1_000, 3_000, 10_000]);
    const path = draw.one([list, "/runtime.v1.RuntimeService/Version", pull] as const);
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
  using caller = await FrameCaller.connect(gateway.socket);
  caller.pause();
  const { reference } = images.find(({ contents: [{ signers }] }) => signers.size === 0) ?? images[0];
  const spec = Buffer.from(reference);
  const message =
    path === pull ? Buffer.concat([Buffer.of(10, spec.length + 2, 10, spec.length), spec]) : Buffer.alloc(0);
  const frames = Array.from({ length: calls }, (_, at) => request(2 * at + 1, path, message, true));
  caller.write(clientPreface, ...wide, ...frames);
  await delay(50);
  caller.resume();
  const answered = new Set<number>();
  while (answered.size < calls) {
    const { stream, fields } = await caller.nextHeaders();
    const status = fields.get("grpc-status");
    if (status === undefined) continue;
    answered.add(stream);
    if (path === pull && status === "0")
      violations.add("wrongly allowed", `one of ${calls} pulls of ${reference}`);
    if (path !== pull && status !== "0")
      violations.add("unexplained failure", `one of ${calls} calls to ${path} ended with ${status}`);
  }
}

function request(stream: number, path: string, message: Buffer, isWhole: boolean): Buffer {
  const body = frameMessage(message);
  return Buffer.concat([
    requestHeaders(stream, path),
    dataFrame(stream, isWhole ? body : body.subarray(0, -1), isWhole),
  ]);
}

function dripping(drip: () => void): () => void {
  const timer = setInterval(drip, 20);
  return () => clearInterval(timer);
}

function comeAndGo({ gateway }: World, manner: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(gateway.socket);
    socket.on("error", () => {});
    socket.once("close", () => resolve());
    socket.once("connect", () => {
      const said = [Buffer.alloc(0), clientPreface.subarray(0, 10), Buffer.concat([clientPreface, ...wide])];
      socket.write(
        said[manner] ?? Buffer.concat([clientPreface, ...wide, request(1, list, Buffer.alloc(0), true)]),
      );
      setTimeout(() => socket.destroy(), manner * 3);
    });
  });
}
