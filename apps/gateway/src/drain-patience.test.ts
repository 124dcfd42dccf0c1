import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { drainPatience } from "./drain-patience.ts";
import { emptyFrame, frameType } from "./relay/frame.ts";
import { listening, temporaryDirectory } from "./testing/relay-on-sockets.ts";

const settings = emptyFrame(frameType.settings, 0, 0, 0);
/** The longer one is for ever, as far as a test is concerned. */
const limits = { alone: 50, succeeded: 24 * 3_600_000 };

describe("drainPatience", () => {
  const alone: readonly (readonly [what: string, accept: ((caller: Socket) => void) | undefined])[] = [
    ["nobody listens", undefined],
    ["callers are kept waiting", () => undefined],
    ["callers are turned away", (caller) => caller.destroy()],
  ];
  for (const [what, accept] of alone)
    it(`is over soon when ${what}`, async () => {
      await using place = await openPlace(accept);
      await once(drainPatience(place.path, limits), "abort");
    });

  it("lasts when somebody else answers callers", async () => {
    await using answered = await openPlace((caller) => void caller.write(settings));
    await using unanswered = await openPlace(undefined);
    const lasting = drainPatience(answered.path, limits);
    await once(drainPatience(unanswered.path, { ...limits, alone: 2 * limits.alone }), "abort");
    assert.equal(lasting.aborted, false);
  });
});

async function openPlace(accept: ((caller: Socket) => void) | undefined) {
  await using built = new AsyncDisposableStack();
  const path = join(await temporaryDirectory(built), "cri.sock");
  if (accept !== undefined) {
    const callers = new Set<Socket>();
    const server = createServer((caller) => {
      callers.add(caller);
      caller.on("error", () => undefined);
      accept(caller);
    });
    await listening(server, path);
    built.defer(() => void server.close());
    built.defer(() => callers.forEach((caller) => void caller.destroy()));
  }
  // The timers of a patience keep no process alive.
  const alive = setInterval(() => undefined, 1000);
  built.defer(() => clearInterval(alive));
  const parts = built.move();
  return { path, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
