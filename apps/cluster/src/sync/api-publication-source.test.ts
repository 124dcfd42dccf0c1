import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { configMaps } from "../kube/api-kind.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { apiServerInMemory } from "../testing/api-server/api-server-in-memory.ts";
import { ObjectStore } from "../testing/api-server/object-store.ts";
import { apiPublicationSource } from "./api-publication-source.ts";
import { partObject } from "./published-objects.ts";

const namespace = "countersign-system";
const digest = digestOf(Buffer.from("part"));

describe("a part of the publication", () => {
  /** @param turnedAway how often, before an answer; Infinity: always */
  function opened(turnedAway: number, failure = new ApiFailure("busy", "429", { retryAfter: 1000 })) {
    const store = new ObjectStore();
    store.create(configMaps, partObject(namespace, digest, "part"));
    const pauses: (number | undefined)[] = [];
    let asked = 0;
    const inMemory = apiServerInMemory(store);
    const server: ApiServer = {
      ...inMemory,
      get: async (...call) => {
        if (asked++ < turnedAway) throw failure;
        return await inMemory.get(...call);
      },
    };
    const source = apiPublicationSource({
      ...{ server, namespace, unreachable: () => assert.fail("nothing is followed") },
      absent: () => assert.fail("nothing is followed"),
      patience: { pause: async (_failures, least) => void pauses.push(least) },
    });
    return { pauses, part: (signal = new AbortController().signal) => source.part(digest, signal) };
  }

  it("is asked for again, no sooner than the server said, when it has too much to do", async () => {
    const { part, pauses } = opened(3);
    assert.equal(await part(), "part");
    assert.deepEqual(pauses, [1000, 1000, 1000]);
  });

  it("is given up in the end", async () => {
    const { part, pauses } = opened(Number.POSITIVE_INFINITY);
    await assert.rejects(part(), { code: "busy" });
    assert.equal(pauses.length, 5);
  });

  it("is not asked for again when nobody waits for it any more", async () => {
    await assert.rejects(opened(1).part(AbortSignal.abort()), { name: "AbortError" });
  });

  it("is not asked for again when the server is away: the index may be another one by then", async () => {
    const { part, pauses } = opened(1, new ApiFailure("unreachable", "away"));
    await assert.rejects(part(), { code: "unreachable" });
    assert.deepEqual(pauses, []);
  });
});
