import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { drainPatience } from "./drain-patience.ts";
import { emptyFrame, frameType } from "./relay/frame.ts";
import { listening, temporaryDirectory } from "./testing/relay-on-sockets.ts";

const settings = emptyFrame(frameType.settings, 0, 0, 0);
const limits = { alone: 3_000, succeeded: 600_000 };

describe("drainPatience", () => {
  const alone: readonly (readonly [what: string, accept: ((caller: Socket) => void) | undefined])[] = [
    ["nobody listens", undefined],
    ["callers are kept waiting", () => undefined],
    ["callers are turned away", (caller) => caller.destroy()],
  ];
  for (const [what, accept] of alone)
    it(`is over soon when ${what}`, async () => {
      await using place = await openPlace(accept);
      const timing = manualTiming();
      using patience = drainPatience(place.path, limits, timing);
      if (accept !== undefined) await place.called;
      timing.advance(limits.alone - 1);
      assert.equal(patience.signal.aborted, false);
      timing.advance(1);
      assert.equal(patience.signal.aborted, true);
    });

  it("lasts when somebody else answers callers, and not for ever", async () => {
    await using place = await openPlace((caller) => void caller.write(settings));
    const timing = manualTiming();
    using patience = drainPatience(place.path, limits, timing);
    await timing.untilAwaited(limits.succeeded);
    timing.advance(limits.succeeded - 1);
    assert.equal(patience.signal.aborted, false);
    timing.advance(1);
    assert.equal(patience.signal.aborted, true);
  });

  it("leaves no timer behind when there is nothing to wait for any more", async () => {
    await using answered = await openPlace((caller) => void caller.write(settings));
    await using unanswered = await openPlace(undefined);
    const timing = manualTiming();
    {
      using _lasting = drainPatience(answered.path, limits, timing);
      using _short = drainPatience(unanswered.path, limits, timing);
      await timing.untilAwaited(limits.succeeded);
    }
    assert.equal(timing.awaited, 0);
  });
});

async function openPlace(accept: ((caller: Socket) => void) | undefined) {
  await using built = new AsyncDisposableStack();
  const path = join(await temporaryDirectory(built), "cri.sock");
  const called = Promise.withResolvers<void>();
  if (accept !== undefined) {
    const callers = new Set<Socket>();
    const server = createServer((caller) => {
      callers.add(caller);
      caller.on("error", () => undefined);
      accept(caller);
      called.resolve();
    });
    await listening(server, path);
    built.defer(() => void server.close());
    built.defer(() => callers.forEach((caller) => void caller.destroy()));
  }
  const parts = built.move();
  return { path, called: called.promise, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
