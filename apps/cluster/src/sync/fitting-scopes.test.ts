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
      ["greedy", [...all, ...scopesOf("greedy", 60_000)]],
      ["large", [...all, ...scopesOf("large", 10_000)]],
      ["small", [...all, "quay.io/small"]],
    ]);
    const { kept, leftOut } = fitting({ all, namespaces }, none);
    assert.deepEqual([...leftOut.keys()], ["greedy"]);
    assert.match(leftOut.get("greedy") ?? "", /60000 scopes .*: name what they are below/);
    assert.equal(kept.size, 10_002);
    assert.ok(kept.has("quay.io/small"));
  });

  it("need no room where another says them, or what is around", () => {
    const namespaces = new Map([["a", scopesOf("a", 60_000)]]);
    assert.equal(fitting({ all: ["registry.example"], namespaces }, none).leftOut.size, 0);
  });

  it("must have room that hold for all", () =>
    assert.throws(() => fitting({ all: scopesOf("a", 60_000), namespaces: new Map() }, none), {
      code: "POLICY_INVALID",
      message: /more scopes than one file of registries\.d may have/,
    }));
});
