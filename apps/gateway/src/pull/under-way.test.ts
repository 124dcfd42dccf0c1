import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GateAnswer } from "../gate.ts";
import { underWay } from "./under-way.ts";

const call = { path: "/p", message: new Uint8Array(), metadata: [], signal: new AbortController().signal };

describe("underWay", () => {
  it("is idle only when every decision has ended", async () => {
    const decision = Promise.withResolvers<GateAnswer>();
    const { gate, idle } = underWay({ paths: new Set(["/p"]), ask: () => decision.promise });
    const answer = gate.ask(call);
    let isIdle = false;
    const waiting = idle(new AbortController().signal).then(() => {
      isIdle = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isIdle, false);
    decision.resolve({ type: "forward" });
    await waiting;
    assert.deepEqual(await answer, { type: "forward" });
  });

  it("counts a decision that fails as ended, and hands its failure on", async () => {
    const { gate, idle } = underWay({ paths: new Set(), ask: () => Promise.reject(new Error("no")) });
    await assert.rejects(gate.ask(call), /no/);
    await idle(new AbortController().signal);
  });

  it("waits no longer than it may", async () => {
    const { gate, idle } = underWay({ paths: new Set(), ask: () => new Promise(() => {}) });
    gate.ask(call);
    const patience = new AbortController();
    const waiting = idle(patience.signal);
    patience.abort();
    await waiting;
    await idle(AbortSignal.abort());
  });
});
