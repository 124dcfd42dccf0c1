import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { rpcCode } from "../gate.ts";
import { pullToItsEnd } from "./pull-to-its-end.ts";
import { type PulledImage, RuntimeRefusal } from "./runtime-images.ts";

const pulled: PulledImage = { imageRef: "sha256:app", answer: Uint8Array.of(1) };
const cancelled = new RuntimeRefusal({ code: rpcCode.cancelled, message: "context canceled" });

/** A pull under way in a runtime that is done when a test says so. */
function pulling(limit?: AbortSignal) {
  const timing = manualTiming();
  const caller = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<PulledImage>();
  const state = { stopped: false };
  const images = {
    pull(_request: Uint8Array, signal: AbortSignal) {
      signal.addEventListener("abort", () => {
        state.stopped = true;
        reject(cancelled);
      });
      return promise;
    },
  };
  const outcome = pullToItsEnd(images, new Uint8Array(), caller.signal, timing, limit);
  outcome.catch(() => {});
  return { state, timing, caller, outcome, done: () => resolve(pulled), fails: () => reject(cancelled) };
}

describe("a pull whose caller leaves", () => {
  it("goes on to its end", async () => {
    const { state, caller, timing, outcome, done } = pulling();
    caller.abort();
    timing.advance(29_999);
    done();
    assert.equal(await outcome, pulled);
    assert.deepEqual([state.stopped, timing.awaited], [false, 0]);
  });

  it("is stopped after half a minute, and over a moment later: the runtime may not have heard of it yet", async () => {
    const { state, caller, timing, outcome } = pulling();
    caller.abort();
    timing.advance(30_000);
    await assert.rejects(outcome, cancelled);
    assert.deepEqual([state.stopped, timing.slept], [true, [1_000]]);
  });

  it("is over at once when the runtime itself ends it", async () => {
    const { caller, timing, outcome, fails } = pulling();
    caller.abort();
    fails();
    await assert.rejects(outcome, cancelled);
    assert.deepEqual([timing.slept, timing.awaited], [[], 0]);
  });
});

describe("a pull whose caller waits", () => {
  it("is never stopped for it", async () => {
    const { state, timing, outcome, done } = pulling();
    timing.advance(3_600_000);
    done();
    assert.equal(await outcome, pulled);
    assert.equal(state.stopped, false);
  });

  it("is stopped by its limit, and over a moment later", async () => {
    const limit = new AbortController();
    const { timing, outcome } = pulling(limit.signal);
    limit.abort();
    await assert.rejects(outcome, cancelled);
    assert.deepEqual(timing.slept, [1_000]);
  });
});

it("a pull whose caller has left before is the runtime's to refuse", async () => {
  const seen: boolean[] = [];
  const images = {
    async pull(_request: Uint8Array, signal: AbortSignal): Promise<PulledImage> {
      seen.push(signal.aborted);
      throw cancelled;
    },
  };
  const pull = pullToItsEnd(images, new Uint8Array(), AbortSignal.abort(), manualTiming());
  await assert.rejects(pull, cancelled);
  assert.deepEqual(seen, [true]);
});
