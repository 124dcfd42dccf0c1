import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Gate, GateAnswer, GatedCall } from "./gate.ts";
import { gatesTogether } from "./gates-together.ts";

const gateOf = (path: string, answer: GateAnswer): Gate => ({
  paths: new Set([path]),
  ask: async () => answer,
});
const call = (path: string): GatedCall => ({
  path,
  message: new Uint8Array(),
  metadata: [],
  signal: new AbortController().signal,
});
const refused: GateAnswer = { type: "status", status: { code: 2, message: "no" } };

describe("gatesTogether", () => {
  const gates = gatesTogether([gateOf("/a", { type: "forward" }), gateOf("/b", refused)]);

  it("gate the paths of all", () => assert.deepEqual([...gates.paths], ["/a", "/b"]));

  it("ask the one whose path it is", async () => {
    assert.deepEqual(await gates.ask(call("/a")), { type: "forward" });
    assert.deepEqual(await gates.ask(call("/b")), refused);
  });

  it("let nothing pass that is nobody's", async () => {
    await assert.rejects(gates.ask(call("/c")), { code: "INTERNAL" });
  });
});
