import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { CompiledRule, Shortcoming } from "@countersign/engine/cluster/compiled-rule";
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

  /** A publisher that has looked at what is there, as each does before it publishes. */
  const resumed = async (reached = server): Promise<(set: PolicySet) => Promise<number>> => {
    const publishing = publisher(reached, namespace, clock, () => 7);
    await publishing.resume(signal);
    return async (set) => (await publishing.publish(set, [], signal)).generation;
  };
  const publish = async (set: PolicySet, reached = server) => (await resumed(reached))(set);

  beforeEach(() => {
    store = new ObjectStore();
    server = apiServerInMemory(store);
    now = 1000;
  });

  it("writes parts, then the index that leads to them", async () => {
    const generation = await publish(setOf("a", "b"));
    assert.equal(index().generation, generation);
    for (const digest of partsOf(index())) {
      assert.ok(store.get(configMaps, { namespace, name: partName(digest) }) !== undefined);
    }
  });

  it("leaves what is the same alone", async () => {
    const again = await resumed();
    const first = await again(setOf("a"));
    const { version } = store;
    now += 5000;
    assert.equal(await again(setOf("a")), first);
    assert.equal(await publish(setOf("a")), first);
    assert.equal(store.version, version, "nothing was written");
  });

  it("counts on, also when the clock is set back and after the index was lost", async () => {
    const first = await publish(setOf("a"));
    now = 1;
    const second = await publish(setOf("b"));
    assert.ok(second > first);
    store.delete(configMaps, { namespace, name: indexName });
    now = 50_000;
    assert.ok((await publish(setOf("c"))) > second);
  });

  it("keeps parts that a node may still be fetching, and removes them later", async () => {
    const again = await resumed();
    await again(setOf("a"));
    await again(setOf("b"));
    const both = parts().length;
    now += 16 * 60_000;
    await again(setOf("b"));
    assert.ok(parts().length < both);
    for (const digest of partsOf(index())) {
      assert.ok(store.get(configMaps, { namespace, name: partName(digest) }) !== undefined);
    }
  });

  it("replaces a part that somebody else made under its name", async () => {
    const again = await resumed();
    await again(setOf("a"));
    const [digest] = index().rules;
    assert.ok(digest !== undefined);
    const metadata = { namespace, name: partName(digest) };
    store.delete(configMaps, metadata);
    store.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { part: "forged" } });
    await publish(setOf("a"));
    const found = store.get(configMaps, metadata);
    assert.ok(found !== undefined);
    assert.equal(textOf(found, "part"), "a");
  });

  for (const step of [1, 2, 3, 4, 5, 6]) {
    it(`that dies at write ${step} leaves an index whose parts are all there, and the next one ends what it began`, async () => {
      await publish(setOf("a"));
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
      const dead = publish(setOf("b", "c", "d"), dying);
      const ended = await dead.then(
        () => "ended",
        () => "died",
      );
      assert.equal(ended, step > 4 ? "ended" : "died");
      for (const digest of partsOf(index())) {
        assert.ok(store.get(configMaps, { namespace, name: partName(digest) }) !== undefined);
      }
      await publish(setOf("b", "c", "d"));
      assert.equal(index().rules.length, 3);
    });
  }

  it("does not overwrite what another one published since it looked", async () => {
    await publish(setOf("a"));
    const late = await resumed();
    await publish(setOf("other"));
    await assert.rejects(late(setOf("mine")), { code: "conflict" });
    assert.equal(index().rules.length, 1);
    await assert.rejects(late(setOf("mine")), { code: "conflict" }, "not before it looked again");
  });

  it("publishes nothing before it has looked at what is there", async () => {
    const blind = publisher(server, namespace, clock, () => 7);
    await assert.rejects(blind.publish(setOf("a"), [], signal), { code: "conflict" });
  });

  it("writes again what somebody removed", async () => {
    const publishing = publisher(server, namespace, clock, () => 7);
    await publishing.resume(signal);
    await publishing.publish(setOf("a"), [], signal);
    const [digest] = index().rules;
    assert.ok(digest !== undefined);
    store.delete(configMaps, { namespace, name: partName(digest) });
    publishing.lost(partName(digest));
    await publishing.publish(setOf("a"), [], signal);
    assert.ok(store.get(configMaps, { namespace, name: partName(digest) }) !== undefined);
  });

  it("tells the next one whose rules are in force, and what they lacked", async () => {
    const identity = {
      apiVersion: "policy.countersign.dev/v1alpha1",
      kind: "ImagePolicy",
      namespace: "shop",
      name: "signed",
      generation: 3,
    };
    const shortcomings: readonly Shortcoming[] = [
      { path: "spec.match", effect: "stricter", message: "a node does not know" },
      ...Array.from({ length: 30 }, (_, at) => ({
        path: `spec.authorities[${at}]`,
        effect: "refuses" as const,
        message: "there is no Secret",
      })),
    ];
    const text = JSON.stringify({ name: "ImagePolicy shop/signed", globs: ["**"], requirements: [] });
    const rule: CompiledRule = { identity, text, shortcomings };
    const noRule: CompiledRule = { identity, text: "own", shortcomings: [] };
    const publishing = publisher(server, namespace, clock, () => 7);
    await publishing.resume(signal);
    const set = { base: "base", rules: ["unmarked"], namespaces: new Map([["shop", [text, "own"]]]) };
    await publishing.publish(set, [rule, noRule], signal);
    const [next, ...others] = await publisher(server, namespace, clock, () => 7).resume(signal);
    assert.deepEqual(others, []);
    assert.deepEqual([next?.identity, next?.text], [identity, text]);
    // of some it knows what is told, of all what was refused already
    assert.deepEqual(next?.shortcomings.slice(0, 20), shortcomings.slice(0, 20));
    assert.deepEqual(
      next?.shortcomings.map(({ path, effect }) => [path, effect]),
      shortcomings.map(({ path, effect }) => [path, effect]),
    );
  });

  it("asks nodes to spread their reports", async () => {
    await publish(setOf("a"));
    assert.equal(index().reportWithin, 7);
  });

  it("keeps no more of what was published than so much, however often a large policy is edited", async () => {
    const body = "x".repeat(700 * 1024);
    const again = await resumed();
    for (let edit = 0; edit < 60; edit++) {
      now += 1000;
      await again(setOf(`${edit}${body}`));
    }
    const held = parts().reduce((sum, object) => sum + textOf(object, "part").length, 0);
    assert.ok(held < 20 * 1024 * 1024, `${held} characters`);
    // what the index leads to is there, and so is what it led to just before
    for (const digest of partsOf(index())) {
      assert.ok(store.get(configMaps, { namespace, name: partName(digest) }) !== undefined);
    }
    assert.ok(parts().some((object) => textOf(object, "part").startsWith("58x")));
  });
});
