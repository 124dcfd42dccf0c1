import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fitting } from "./fitting-scopes.ts";

const scopesOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, at) => `registry.example/${name}/${at}`);
const none = new Set<string>();

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

  it("leave out the namespaces with the most, and say what to do", () => {
    const all = ["ghcr.io"];
    const namespaces = new Map([
      ["greedy", [...all, ...scopesOf("greedy", 10_000)]],
      ["large", [...all, ...scopesOf("large", 9_000)]],
      ["small", [...all, "quay.io/small"]],
    ]);
    const { kept, leftOut } = fitting({ all, namespaces }, none);
    assert.deepEqual([...leftOut.keys()], ["greedy"]);
    assert.match(leftOut.get("greedy") ?? "", /10000 scopes .*: name what they are below/);
    assert.equal(kept.size, 9_002);
    assert.ok(kept.has("quay.io/small"));
  });

  it("are ten thousand at most, of some length", () => {
    const of = (scopes: readonly string[]) =>
      fitting({ all: [], namespaces: new Map([["a", scopes]]) }, none);
    const long = scopesOf("b".repeat(300), 6_000);
    for (const scopes of [scopesOf("a", 10_000), long.slice(0, 5_000)])
      assert.equal(of(scopes).leftOut.size, 0);
    for (const scopes of [scopesOf("a", 10_001), long])
      assert.deepEqual([...of(scopes).leftOut.keys()], ["a"]);
  });

  it("need no room where another says them, or what is around", () => {
    const namespaces = new Map([["a", scopesOf("a", 10_001)]]);
    assert.equal(fitting({ all: ["registry.example"], namespaces }, none).leftOut.size, 0);
  });

  it("must have room that hold for all", () =>
    assert.throws(() => fitting({ all: scopesOf("a", 10_001), namespaces: new Map() }, none), {
      code: "POLICY_INVALID",
      message: /more scopes than one file of registries\.d may have/,
    }));
});
