import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { outermostScopes } from "@countersign/engine/cluster/compose-registries-d";
import { scopesAround } from "@countersign/engine/cluster/policy-scope";
import fc from "fast-check";
import { fitting } from "./fitting-scopes.ts";
import { placesAround } from "./widened-scopes.ts";

const scopesOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, at) => `registry.example/${name}/${at}`);
const registries = (name: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${name}${at}.example`);
const none = new Set<string>();
const keptOf = (scopes: readonly string[]) =>
  fitting({ all: [], namespaces: new Map([["a", scopes]]) }, none).kept;

describe("scopes of registries.d", () => {
  it("are those of all namespaces while there is room", () => {
    const namespaces = new Map([
      ["a", ["quay.io/a"]],
      ["b", ["quay.io/a", "quay.io/b"]],
    ]);
    const { kept, leftOut } = fitting({ all: ["ghcr.io"], namespaces }, none);
    assert.deepEqual([...kept], ["ghcr.io", "quay.io/a", "quay.io/b"]);
    assert.equal(leftOut.size, 0);
  });

  it("are what they are below, where there are the most of them, and as they are elsewhere", () => {
    const all = ["ghcr.io"];
    const namespaces = new Map([
      ["greedy", [...all, ...scopesOf("greedy", 10_000)]],
      ["large", [...all, ...scopesOf("large", 4_000)]],
      ["small", [...all, ...scopesOf("small", 20)]],
    ]);
    const { kept, leftOut } = fitting({ all, namespaces }, none);
    assert.equal(leftOut.size, 0);
    assert.deepEqual(
      outermostScopes(kept, none),
      [...all, "registry.example/greedy", ...scopesOf("large", 4_000), ...scopesOf("small", 20)].sort(),
    );
  });

  it("are registries, of which nothing is above that is not every image", () => {
    const wide = Array.from({ length: 10_001 }, (_, at) => `registry.example/t${at}`);
    assert.deepEqual(outermostScopes(keptOf(wide), none), ["registry.example"]);
    // a repository for each, deep enough for no two to be beside each other
    const deep = Array.from({ length: 10_001 }, (_, at) => `registry.example/t${at}/a/b/c:v1`);
    assert.deepEqual(outermostScopes(keptOf(deep), none), ["registry.example"]);
    const tags = Array.from({ length: 10_001 }, (_, at) => `registry.example/app:v${at}`);
    assert.deepEqual(outermostScopes(keptOf(tags), none), ["registry.example/app"]);
    assert.ok(
      !keptOf(registries("a", 5_000).flatMap((host) => [`${host}/a`, `${host}/b`, `${host}/c`])).has(""),
    );
  });

  it("are registries, however they are nested", () => {
    const nested = registries("r", 250).flatMap((host) =>
      Array.from({ length: 50 }, (_, depth) => `${host}/${"a/".repeat(depth)}x`),
    );
    const lines = outermostScopes(keptOf(nested), none);
    assert.ok(lines.length <= 10_000, `${lines.length}`);
    const meant = new Set([...nested, ...nested.flatMap((scope) => placesAround(scope, none))]);
    assert.deepEqual(
      lines.filter((scope) => !meant.has(scope)),
      [],
    );
  });

  it("leave out the namespaces with the most registries, and say what to do", () => {
    const namespaces = new Map([
      ["greedy", registries("greedy", 9_000)],
      ["large", registries("large", 8_000)],
      ["small", ["quay.io/small", ...scopesOf("small", 5_000)]],
    ]);
    const { kept, leftOut } = fitting({ all: ["ghcr.io"], namespaces }, none);
    assert.deepEqual([...leftOut.keys()], ["greedy"]);
    assert.match(leftOut.get("greedy") ?? "", /about 9000 registries .*: let them be about fewer/);
    assert.equal(outermostScopes(kept, none).length, 8_003);
    assert.ok(kept.has("quay.io/small"));
  });

  it("leave no namespace out for what others write, of the same registries", () => {
    // a hundred scopes in each of a thousand namespaces, and one that has more than each of them
    const many = Array.from({ length: 1_000 }, (_, at) => [`n${at}`, scopesOf(`n${at}`, 100)] as const);
    const victim = Array.from({ length: 150 }, (_, at) => `quay.io/victim/${at}`);
    const namespaces = new Map([...many, ["victim", victim] as const]);
    const { kept, leftOut } = fitting({ all: [], namespaces }, none);
    assert.equal(leftOut.size, 0);
    for (const scope of victim)
      assert.ok(placesAround(scope, none).some((place) => kept.has(place)) || kept.has(scope));
  });

  it("are ten thousand at most, of some length", () => {
    const of = (scopes: readonly string[]) =>
      fitting({ all: [], namespaces: new Map([["a", scopes]]) }, none);
    const long = registries("b".repeat(300), 6_000);
    for (const scopes of [registries("a", 10_000), long.slice(0, 5_000)])
      assert.equal(of(scopes).leftOut.size, 0);
    for (const scopes of [registries("a", 10_001), long])
      assert.deepEqual([...of(scopes).leftOut.keys()], ["a"]);
  });

  it("need no room where another says them, or what is around", () => {
    const namespaces = new Map([["a", registries("a", 10_001)]]);
    assert.equal(fitting({ all: ["*.example"], namespaces }, none).leftOut.size, 0);
    assert.equal(fitting({ all: [], namespaces }, new Set(registries("a", 10_001))).leftOut.size, 0);
  });

  it("are not widened over what another file speaks of", () => {
    const scopes = scopesOf("a", 10_001);
    for (const elsewhere of ["registry.example/a", "registry.example"]) {
      const { kept, leftOut } = fitting(
        { all: [], namespaces: new Map([["a", scopes]]) },
        new Set([elsewhere]),
      );
      assert.ok(!kept.has(elsewhere));
      // of which nothing is said above, so that there is room only below it
      assert.deepEqual([...leftOut.keys()], elsewhere === "registry.example/a" ? ["a"] : []);
    }
  });

  it("must have room that hold for all", () =>
    assert.throws(() => fitting({ all: registries("a", 10_001), namespaces: new Map() }, none), {
      code: "POLICY_INVALID",
      message: /more registries than one file of registries\.d may have/,
    }));

  it("are said all, within the bound, of every namespace that is not left out", () => {
    const component = fc.constantFrom("a", "b", "c");
    const scope = fc
      .tuple(
        fc.integer({ min: 0, max: 3 }),
        fc.array(component, { maxLength: 4 }),
        fc.integer({ min: 0, max: 3_000 }),
      )
      .map(([host, path, count]) =>
        Array.from({ length: count }, (_, at) => [`r${host}.example`, ...path, `x${at}`].join("/")),
      );
    const lists = fc.array(
      fc.array(scope, { maxLength: 3 }).map((several) => several.flat()),
      { maxLength: 6 },
    );
    const elsewheres = fc.subarray(["r0.example", "r1.example/a", "r2.example/b/c/x7", "r3.example/x1"]);
    fc.assert(
      fc.property(lists, elsewheres, (own, others) => {
        const elsewhere = new Set(others);
        const namespaces = new Map(own.map((list, at) => [`n${at}`, list]));
        const { kept, leftOut } = fitting({ all: [], namespaces }, elsewhere);
        const lines = outermostScopes(new Set([...kept].filter((one) => !elsewhere.has(one))), elsewhere);
        assert.ok(lines.length <= 10_000);
        const said = new Set([...lines, ...elsewhere]);
        for (const [name, list] of namespaces) {
          if (leftOut.has(name)) continue;
          for (const one of list) {
            const nearest = [one, ...scopesAround(one).map(([outer]) => outer)].find((each) =>
              said.has(each),
            );
            assert.ok(nearest !== undefined, `${one} of ${name}`);
            if (elsewhere.has(nearest) && nearest !== one) assert.fail(`${one} is said by ${nearest}`);
          }
        }
      }),
      { numRuns: 15 },
    );
  });
});
