import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Agent } from "undici";
import LoadedAgent from "undici/lib/dispatcher/agent.js";

describe("the part of undici that is loaded by itself", () => {
  it("is the one its main entry exports", () => assert.equal(LoadedAgent, Agent));
});
