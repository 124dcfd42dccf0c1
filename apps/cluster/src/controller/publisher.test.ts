import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { parseIndex } from "@countersign/engine/cluster/parse-publication";
import { type PolicySet, partsOf } from "@countersign/engine/cluster/publication";
import { configMaps } from "../kube/api-kind.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { indexName, partName, textOf } from "../sync/published-objects.ts";
import { apiServerInMemory } from "../testing/api-server/api-server-in-memory.ts";
import { ObjectStore } from "../testing/api-server/object-store.ts";
import { publisher } from "./publisher.ts";

const namespace = "countersign-system";
const setOf = (...rules: readonly string[]): PolicySet => ({
  base: "base",
  rules,
  namespaces: new Map([["shop", []]]),
});

describe("publisher", () => {
  const { signal } = new AbortController();
  let store: ObjectStore;
  let server: ApiServer;
  let now: number;
  const clock = { now: () => now };

  const index = () => {
    const found = store.get(configMaps, { namespace, name: indexName });
    assert.ok(found !== undefined);
    return parseIndex(textOf(found, "index"));
  };
  const parts = () =>
    store.list(configMaps, { namespace, labels: "policy.countersign.dev/part=true" }, 1000, undefined)
      .objects;

  beforeEach(() => {
    store = new ObjectStore();
    server = apiServerInMemory(store);
    now = 1000;
  });

  it("writes parts, then the index that leads to them", async () => {
    const generation = await publisher(server, namespace, clock).publish(setOf("a", "b"), signal);
    assert.equal(index().generation, generation);
    for (const digest of partsOf(index())) {
      assert.ok(store.get(configMaps, { namespace, name: partName(digest) }) !== undefined);
    }
  });

  it("leaves what is the same alone", async () => {
    const publishing = publisher(server, namespace, clock);
    const first = await publishing.publish(setOf("a"), signal);
    const { version } = store;
    now += 5000;
    assert.equal(await publishing.publish(setOf("a"), signal), first);
    assert.equal(await publisher(server, namespace, clock).publish(setOf("a"), signal), first);
    assert.equal(store.version, version, "nothing was written");
  });

  it("counts on, also when the clock is set back and after the index was lost", async () => {
    const first = await publisher(server, namespace, clock).publish(setOf("a"), signal);
    now = 1;
    const second = await publisher(server, namespace, clock).publish(setOf("b"), signal);
    assert.ok(second > first);
    store.delete(configMaps, { namespace, name: indexName });
    now = 50_000;
    assert.ok((await publisher(server, namespace, clock).publish(setOf("c"), signal)) > second);
  });

  it("keeps parts that a node may still be fetching, and removes them later", async () => {
    const publishing = publisher(server, namespace, clock);
    await publishing.publish(setOf("a"), signal);
    await publishing.publish(setOf("b"), signal);
    const both = parts().length;
    now += 16 * 60_000;
    await publishing.publish(setOf("b"), signal);
    assert.ok(parts().length < both);
    for (const digest of partsOf(index())) {
      assert.ok(store.get(configMaps, { namespace, name: partName(digest) }) !== undefined);
    }
  });

  it("replaces a part that somebody else made under its name", async () => {
    const publishing = publisher(server, namespace, clock);
    await publishing.publish(setOf("a"), signal);
    const [digest] = index().rules;
    assert.ok(digest !== undefined);
    const metadata = { namespace, name: partName(digest) };
    store.delete(configMaps, metadata);
    store.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { part: "forged" } });
    await publisher(server, namespace, clock).publish(setOf("a"), signal);
    const found = store.get(configMaps, metadata);
    assert.ok(found !== undefined);
    assert.equal(textOf(found, "part"), "a");
  });

  for (const step of [1, 2, 3, 4, 5, 6]) {
    it(`that dies at write ${step} leaves an index whose parts are all there, and the next one ends what it began`, async () => {
      await publisher(server, namespace, clock).publish(setOf("a"), signal);
      let writes = 0;
      const dying: ApiServer = {
        ...server,
        create: async (...call) => {
          if (++writes >= step) throw new ApiFailure("unreachable", "killed");
          return await server.create(...call);
        },
        replace: async (...call) => {
          if (++writes >= step) throw new ApiFailure("unreachable", "killed");
          return await server.replace(...call);
        },
      };
      const dead = publisher(dying, namespace, clock).publish(setOf("b", "c", "d"), signal);
      const ended = await dead.then(
        () => "ended",
        () => "died",
      );
      assert.equal(ended, step > 4 ? "ended" : "died");
      for (const digest of partsOf(index())) {
        assert.ok(store.get(configMaps, { namespace, name: partName(digest) }) !== undefined);
      }
      await publisher(server, namespace, clock).publish(setOf("b", "c", "d"), signal);
      assert.equal(index().rules.length, 3);
    });
  }

  it("does not overwrite what another one published meanwhile", async () => {
    await publisher(server, namespace, clock).publish(setOf("a"), signal);
    const overtaken: ApiServer = {
      ...server,
      get: async (kind, object, within) => {
        const found = await server.get(kind, object, within);
        if (object.name === indexName)
          await publisher(server, namespace, clock).publish(setOf("other"), signal);
        return found;
      },
    };
    await assert.rejects(publisher(overtaken, namespace, clock).publish(setOf("mine"), signal), {
      code: "conflict",
    });
    assert.equal(index().rules.length, 1);
  });
});
