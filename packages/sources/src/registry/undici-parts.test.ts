import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Agent, Dispatcher, Pool, ProxyAgent } from "undici";
import loadedConnect from "undici/lib/api/api-connect.js";
import LoadedAgent from "undici/lib/dispatcher/agent.js";
import LoadedPool from "undici/lib/dispatcher/pool.js";
import LoadedProxyAgent from "undici/lib/dispatcher/proxy-agent.js";

describe("each part of undici that is loaded by itself", () => {
  it("is the one its main entry exports", () =>
    assert.deepEqual(
      [LoadedAgent, LoadedPool, LoadedProxyAgent, loadedConnect],
      [Agent, Pool, ProxyAgent, Dispatcher.prototype.connect],
    ));
});
