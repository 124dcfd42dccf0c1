import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergeScopes } from "./merge-scopes.ts";
import { scopesAround } from "./policy-scope.ts";
import type { PublishedScopeRule } from "./published-rule.ts";

const demand = (name: string) => ({ type: name });
/** Policies of one scope each. */
const rules = (scopes: Readonly<Record<string, string>>, tightens = false): readonly PublishedScopeRule[] =>
  Object.entries(scopes).map(([scope, name]) => ({
    type: "scopes",
    name,
    scopes: [scope],
    tightens,
    requirements: [demand(name)],
  }));

describe("policies by scopes, together", () => {
  const rows: ReadonlyArray<
    readonly [what: string, policies: ReadonlyArray<readonly PublishedScopeRule[]>, merged: object]
  > = [
    [
      "ask all for one scope",
      [rules({ "a.io/x": "one" }), rules({ "a.io/x": "two" })],
      { "a.io/x": ["one", "two"] },
    ],
    [
      "ask the most specific alone",
      [rules({ "a.io": "one", "a.io/x": "two" })],
      { "a.io": ["one"], "a.io/x": ["two"] },
    ],
    [
      "ask a namespace's scope besides the cluster's around it",
      [rules({ "a.io": "one" }), rules({ "a.io/x": "own" }, true)],
      { "a.io": ["one"], "a.io/x": ["one", "own"] },
    ],
    [
      "ask a namespace's scope besides the cluster's within it",
      [rules({ "a.io/x": "one" }), rules({ "a.io": "own" }, true)],
      { "a.io": ["otherwise", "own"], "a.io/x": ["one", "own"] },
    ],
    [
      "ask a namespace's scope besides a domain",
      [rules({ "*.io": "one", "": "all" }), rules({ "a.io:5000/x": "own" }, true)],
      { "": ["all"], "*.io": ["one"], "a.io:5000/x": ["one", "own"] },
    ],
    [
      "ask for one tag what holds for its repository",
      [rules({ "a.io/x": "one" }), rules({ "a.io/x:v1": "own" }, true)],
      { "a.io/x": ["one"], "a.io/x:v1": ["one", "own"] },
    ],
  ];
  for (const [what, policies, merged] of rows) {
    it(what, () => {
      const lists = [...mergeScopes(policies.flat())].map(
        ([scope, { demanded = [demand("otherwise")], added }]) =>
          [scope, [...demanded, ...added].map((one) => "type" in one && one.type)] as const,
      );
      assert.deepEqual(Object.fromEntries(lists), merged);
    });
  }
});

describe("the part of a scope around another", () => {
  const rows: ReadonlyArray<readonly [outer: string, inner: string, part: string | undefined]> = [
    ["a.io/x", "a.io/x:v1", "itself"],
    ["a.io/x", "a.io/x@sha256:00", "itself"],
    ["a.io/x", "a.io/x/y", "below"],
    ["a.io/x", "a.io/xy", undefined],
    ["a.io/x", "a.io/x", undefined],
    ["a.io:5000", "a.io:5000/x", "below"],
    ["a.io", "a.io:5000/x", undefined],
    ["*.io", "a.io:5000/x", "below"],
    ["*.io", "*.a.io", "below"],
    ["*.a.io", "a.io/x", undefined],
    ["", "a.io", "below"],
  ];
  for (const [outer, inner, part] of rows) {
    it(`${JSON.stringify(outer)} around ${inner}`, () =>
      assert.equal(scopesAround(inner).find(([one]) => one === outer)?.[1], part));
  }
});

it("there are as many scopes around a name as it has parts", () => {
  const around = scopesAround("a.b.example:5000/team/app:v1").map(([outer]) => outer);
  assert.deepEqual(around, [
    ...["a.b.example:5000/team/app", "a.b.example:5000/team", "a.b.example:5000"],
    ...["*.b.example", "*.example", ""],
  ]);
});
