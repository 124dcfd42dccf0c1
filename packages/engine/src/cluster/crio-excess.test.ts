import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CountersignError } from "../values/error.ts";
import { composeCrioPolicy } from "./compose-crio-policy.ts";
import { crioExcesses } from "./crio-excess.ts";
import { mostAdded } from "./crio-namespace.ts";
import { deny, rule, scopeRule } from "./testing/published-rules.ts";

const scopes = Array.from({ length: 256 }, (_, at) => `quay.io/t${at}`);
const cluster = scopeRule("all", scopes, "a", false);
const small = scopeRule("own", ["quay.io"], "b", true);
const large = scopeRule("own", ["quay.io"], "b".repeat(14_000), true);
const setOf = (namespaces: Readonly<Record<string, readonly string[]>>, rules = [cluster]) => ({
  base: deny,
  rules,
  namespaces: new Map(Object.entries(namespaces)),
});

const excessiveIn = () => {
  const excesses = crioExcesses();
  return (set: Parameters<typeof excesses>[0]) => excesses(set).namespaces;
};

describe("policies for all namespaces", () => {
  const everywhere = rule("every", { globs: ["**"], keys: ["k".repeat(65_536)] });

  it("that are too much for CRI-O are told, before they are made to text", () => {
    const { forAll, namespaces } = crioExcesses()(setOf({ shop: [large] }, [cluster, everywhere]));
    assert.ok(forAll instanceof CountersignError);
    assert.match(forAll.message, /repeated for each scope.*more than 16777216 characters/);
    assert.deepEqual([...namespaces.keys()], [], "nothing is counted that nobody takes");
  });

  it("say where signatures are looked for, and are counted again when they change", () => {
    const excesses = crioExcesses();
    assert.ok(excesses(setOf({}, [cluster, everywhere])).forAll instanceof CountersignError);
    assert.deepEqual(excesses(setOf({ shop: [large] })).forAll, [...scopes].sort());
    assert.deepEqual([...excesses(setOf({ shop: [large] })).namespaces.keys()], ["shop"]);
  });
});

describe("namespaces whose policies are too much for CRI-O", () => {
  it("are told, and no others", () => {
    const excesses = excessiveIn();
    const told = excesses(setOf({ shop: [large], lab: [small], bare: [] }));
    assert.deepEqual([...told.keys()], ["shop"]);
    assert.match(
      told.get("shop") ?? "",
      /more than \d+ characters.*: until then every image of the namespace/,
    );
  });

  it("are counted again when they change, or what holds for all does", () => {
    const excesses = excessiveIn();
    assert.deepEqual([...excesses(setOf({ shop: [small], lab: [large] })).keys()], ["lab"]);
    assert.deepEqual([...excesses(setOf({ shop: [large], lab: [large] })).keys()], ["shop", "lab"]);
    assert.deepEqual([...excesses(setOf({ shop: [large] }, [])).keys()], []);
    assert.deepEqual([...excesses(setOf({ shop: [large] })).keys()], ["shop"]);
  });

  // most namespaces are passed over for how short their policies are
  it("are all that composing finds", () => {
    let excessive = 0;
    const places = ["quay.io", "quay.io/t1", "*.io", "ghcr.io"];
    const globs = ["**", "quay.io/**", `quay.io/t1@sha256:${"a".repeat(64)}`, "ghcr.io/te**"];
    const own = fc.oneof(
      fc.tuple(fc.subarray(places, { minLength: 1 }), fc.integer({ min: 1, max: 14_000 })).map(
        ([some, length]) =>
          (name: string) =>
            scopeRule(name, some, "k".repeat(length), true),
      ),
      fc.tuple(fc.subarray(globs, { minLength: 1 }), fc.integer({ min: 1, max: 14_000 })).map(
        ([some, length]) =>
          (name: string) =>
            rule(name, { globs: some, keys: ["k".repeat(length)], tightens: true }),
      ),
    );
    const shared = composeCrioPolicy(deny, [cluster]).size;
    fc.assert(
      fc.property(fc.array(own, { minLength: 1, maxLength: 3 }), (named) => {
        const rules = named.map((policy, at) => policy(`own ${at}`));
        const isExcess = composeCrioPolicy(deny, [cluster, ...rules]).size > shared + mostAdded;
        if (isExcess) excessive++;
        assert.equal(excessiveIn()(setOf({ shop: rules })).has("shop"), isExcess);
      }),
      { numRuns: 40 },
    );
    assert.ok(excessive > 3 && excessive < 37, `${excessive}`);
  });
});
