import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { composeCrioPolicy } from "./compose-crio-policy.ts";
import { composeCrioNamespace } from "./crio-namespace.ts";
import { deny, rule, scopeRule } from "./testing/published-rules.ts";

const cluster = scopeRule(
  "all",
  Array.from({ length: 256 }, (_, at) => `quay.io/t${at}`),
  "a",
  false,
);
const shared = composeCrioPolicy(deny, [cluster]);
const namespace = (own: readonly string[]) => composeCrioNamespace(shared, deny, [cluster], own);

describe("a namespace's file for CRI-O", () => {
  const tooMuch: ReadonlyArray<readonly [why: string, own: readonly string[]]> = [
    [
      "a wide scope asks of all the cluster's scopes in it",
      [scopeRule("own", ["quay.io"], "b".repeat(14_000), true)],
    ],
    [
      "many scopes do together",
      Array.from({ length: 60 }, (_, at) => scopeRule(`own ${at}`, ["quay.io"], `${at}`.repeat(150), true)),
    ],
    [
      "a wide glob does",
      [rule("own", { globs: ["quay.io/**"], keys: ["b".repeat(14_000)], tightens: true })],
    ],
    [
      "a glob of all images does",
      [rule("own", { globs: ["**"], keys: ["b".repeat(14_000)], tightens: true })],
    ],
  ];
  for (const [why, own] of tooMuch) {
    it(`is not made when it would be four mebibytes more for what ${why}`, () => {
      assert.throws(() => namespace(own), {
        code: "POLICY_INVALID",
        message:
          /repeated for each scope .* come to more than \d+ characters; let them have fewer scopes and globs, or shorter keys/,
      });
    });
  }

  it("is what it ever was up to that", () => {
    const own = [scopeRule("own", ["quay.io"], "b".repeat(9_000), true)];
    assert.deepEqual(namespace(own), composeCrioPolicy(deny, [cluster, ...own]));
    assert.ok(namespace(own).text.length > 3 * 1024 * 1024);
  });

  it("of a cluster with much does not count that against a namespace", () => {
    const much = Array.from({ length: 6 }, (_, of) =>
      scopeRule(
        `all ${of}`,
        Array.from({ length: 256 }, (_, at) => `quay.io/of${of}/t${at}`),
        "a".repeat(3000),
        false,
      ),
    );
    const all = composeCrioPolicy(deny, much);
    assert.ok(all.size > 4 * 1024 * 1024);
    const own = scopeRule("own", ["quay.io"], "b", true);
    assert.equal(composeCrioNamespace(all, deny, much, [own]).places, 6 * 256 + 1);
  });

  it("is in proportion to the size that is counted before it is made", () => {
    const some = fc.tuple(
      fc.uniqueArray(fc.constantFrom("quay.io", "quay.io/t1", "quay.io/t2/x", "*.io", "ghcr.io"), {
        minLength: 1,
      }),
      fc.integer({ min: 1, max: 500 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(some, { maxLength: 6 }), (policies) => {
        const rules = policies.map(([scopes, length, tightens], at) =>
          scopeRule(`policy ${at}`, scopes, "k".repeat(length), tightens),
        );
        const { text, size } = composeCrioPolicy(deny, rules);
        assert.ok(text.length >= size && text.length <= 4 * size + 256, `${text.length} of ${size}`);
      }),
      { numRuns: 300 },
    );
  });
});
