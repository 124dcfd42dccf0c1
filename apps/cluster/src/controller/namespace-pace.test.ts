import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import fc from "fast-check";
import { type NamespacePace, namespacePace, paceBurst, paceMs } from "./namespace-pace.ts";

let lastGeneration = 0;
/** @param generation of the policy; where nothing else is said it is edited each time */
const rule = (namespace: string | undefined, text: string, generation = ++lastGeneration): CompiledRule => ({
  identity: {
    apiVersion: "policy.countersign.dev/v1alpha1",
    kind: namespace === undefined ? "ClusterImagePolicy" : "ImagePolicy",
    ...{ namespace, name: "own", generation },
  },
  text,
  shortcomings: [],
});

describe("namespacePace", () => {
  let now: number;
  let pace: NamespacePace;
  beforeEach(() => {
    now = 5_000.25;
    pace = namespacePace(() => now);
  });
  const all = new Map([
    ["shop", "uid-shop"],
    ["lab", "uid-lab"],
  ]);
  const textsOf = (rules: readonly CompiledRule[]) => rules.map(({ text }) => text).sort();
  /** What is published when the cluster has these. */
  function publish(...rules: readonly CompiledRule[]): readonly string[] {
    const chosen = pace.choose(rules, all);
    chosen.published();
    return textsOf(chosen.rules);
  }

  it("lets a burst through, and then one in a while, the newest", () => {
    for (let edit = 0; edit < paceBurst; edit++) {
      assert.deepEqual(publish(rule("shop", `s${edit}`)), [`s${edit}`]);
    }
    assert.deepEqual(publish(rule("shop", "late")), [`s${paceBurst - 1}`]);
    const { dueAt, delayed } = pace.choose([rule("shop", "later")], all);
    assert.equal(dueAt, now + paceMs);
    assert.deepEqual([...delayed.keys()], ["shop"]);
    now += paceMs - 1;
    assert.deepEqual(publish(rule("shop", "latest")), [`s${paceBurst - 1}`]);
    now = dueAt ?? 0;
    assert.deepEqual(publish(rule("shop", "latest")), ["latest"]);
    assert.deepEqual(publish(rule("shop", "again")), ["latest"]);
  });

  it("delays neither other namespaces nor what is for all, and publishes those with what the namespace had", () => {
    for (let edit = 0; edit < paceBurst; edit++) publish(rule("shop", `s${edit}`));
    const last = `s${paceBurst - 1}`;
    const more = [rule("shop", "late"), rule("lab", "l1"), rule(undefined, "all")];
    assert.deepEqual(publish(...more), ["all", "l1", last]);
  });

  function spend(): void {
    for (let edit = 0; edit < paceBurst; edit++) publish(rule("shop", `s${edit}`));
  }

  it("delays a removal too, and what a namespace gets that has something", () => {
    spend();
    assert.deepEqual(publish(), [`s${paceBurst - 1}`]);
    const more = [rule("shop", `s${paceBurst - 1}`), rule("shop", "new")];
    assert.deepEqual(publish(...more), [`s${paceBurst - 1}`]);
    now += paceMs;
    assert.deepEqual(publish(), []);
  });

  it("lets a namespace with nothing in force have its first rules at once, and counts them", () => {
    publish(rule("shop", "s"));
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(publish(), []);
      assert.deepEqual(publish(rule("shop", "s")), ["s"]);
    }
    assert.deepEqual(publish(), ["s"]);
    now += paceMs;
    assert.deepEqual(publish(), []);
    assert.deepEqual(publish(rule("shop", "new")), ["new"]);
    const { dueAt } = pace.choose([rule("shop", "stricter")], all);
    assert.equal(dueAt, now + paceMs);
  });

  it("has a namespace that is made again begin anew, seen without or not", () => {
    const again = (uid: string) => new Map([["shop", uid]]);
    const isNoticed = [true, false];
    for (const isSeenWithout of isNoticed) {
      pace = namespacePace(() => now);
      spend();
      if (isSeenWithout) {
        const chosen = pace.choose([], new Map());
        chosen.published();
        assert.deepEqual(chosen.rules, []);
      }
      for (let edit = 0; edit < paceBurst; edit++) {
        const chosen = pace.choose([rule("shop", `strict${edit}`)], again("uid-2"));
        chosen.published();
        assert.deepEqual(textsOf(chosen.rules), [`strict${edit}`]);
      }
      assert.equal(pace.choose([rule("shop", "more")], again("uid-2")).delayed.size, 1);
    }
  });

  it("delays what a TrustRoot or a Secret changes by no edits, and by itself as it delays edits", () => {
    spend();
    const generation = lastGeneration;
    for (let change = 0; change < paceBurst; change++) {
      assert.deepEqual(publish(rule("shop", `root${change}`, generation)), [`root${change}`]);
    }
    assert.deepEqual(publish(rule("shop", "root", generation)), [`root${paceBurst - 1}`]);
    assert.deepEqual(publish(rule("shop", "edited")), [`root${paceBurst - 1}`]);
    now += paceMs;
    assert.deepEqual(publish(rule("shop", "root", generation)), ["root"]);
  });

  it("takes back what would be a change no more, and counts it as none", () => {
    publish(rule("shop", "same"));
    for (let look = 0; look < 100; look++) assert.deepEqual(publish(rule("shop", "same")), ["same"]);
    assert.equal(pace.choose([rule("shop", "other")], all).delayed.size, 0);
  });

  it("counts nothing that was not published", () => {
    for (let edit = 0; edit < 100; edit++) pace.choose([rule("shop", `s${edit}`)], all);
    assert.deepEqual(publish(rule("shop", "first")), ["first"]);
  });

  it("goes on from what another controller published", () => {
    pace.adopt([rule("shop", "a"), rule("shop", "b")]);
    const chosen = pace.choose([rule("shop", "b"), rule("shop", "a")], all);
    chosen.published();
    assert.equal(chosen.dueAt, undefined);
    for (let edit = 0; edit < paceBurst; edit++) {
      assert.deepEqual(publish(rule("shop", `s${edit}`)), [`s${edit}`]);
    }
  });

  it("does not look at namespaces that there are not", () => {
    for (let edit = 0; edit < 20; edit++) {
      assert.equal(pace.choose([rule("gone", `g${edit}`)], all).delayed.size, 0);
    }
  });

  it("publishes no namespace more often than it may, nothing later than it must, and others at once", () => {
    const step = fc.record({
      passes: fc.integer({ min: 0, max: paceMs }),
      shop: fc.integer({ min: 0, max: 3 }),
      lab: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 10, nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        now = 0;
        pace = namespacePace(() => now);
        let shopNow: string | undefined;
        let lab = "l0";
        let waitsSince: number | undefined;
        const changes: number[] = [];
        for (const { passes, shop, lab: edited } of steps) {
          now += passes;
          if (edited !== undefined) lab = `l${edited}`;
          const wanted = `s${shop}`;
          const chosen = pace.choose([rule("shop", wanted), rule("lab", lab)], all);
          chosen.published();
          const got = chosen.rules.find(({ identity }) => identity.namespace === "shop")?.text;
          if (got !== shopNow) changes.push(now);
          shopNow = got;
          waitsSince = got === wanted ? undefined : (waitsSince ?? now);
          assert.ok(waitsSince === undefined || now - waitsSince < paceMs, "it waits too long");
          assert.ok(chosen.dueAt === undefined || chosen.dueAt - now <= paceMs);
        }
        for (const [at, time] of changes.entries()) {
          const before = changes[at - paceBurst];
          if (before !== undefined) assert.ok(time - before >= paceMs, "more often than it may");
        }
      }),
      { numRuns: 300 },
    );
  });

  it("bounds what removing and making again can do, and has nobody without policies wait", () => {
    const step = fc.record({
      passes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: paceMs })),
      wanted: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        now = 0;
        pace = namespacePace(() => now);
        let had: string | undefined;
        const changes: number[] = [];
        for (const { passes, wanted } of steps) {
          now += passes;
          const chosen = pace.choose(wanted === undefined ? [] : [rule("shop", `s${wanted}`)], all);
          chosen.published();
          const got = chosen.rules[0]?.text;
          if (got !== had) changes.push(now);
          assert.ok(wanted === undefined || got !== undefined, "it has a policy, and runs under none");
          assert.ok(chosen.dueAt === undefined || chosen.dueAt - now <= paceMs);
          had = got;
        }
        for (const [at, time] of changes.entries()) {
          const before = changes[at - paceBurst - 1];
          if (before !== undefined) assert.ok(time - before >= paceMs, "more often than it may");
        }
      }),
      { numRuns: 300 },
    );
  });
});
