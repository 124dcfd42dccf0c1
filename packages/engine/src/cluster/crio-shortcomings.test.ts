import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Shortcoming } from "./compiled-rule.ts";
import { crioShortcomings } from "./crio-shortcomings.ts";

const key = { name: "k", key: { data: "", hashAlgorithm: "sha256" } };
const fail = { name: "f", static: { action: "fail" } };
const keyless = { name: "l", keyless: {} };
const missing: Shortcoming = { path: "spec.authorities[0].key", effect: "refuses", message: "no Secret" };

const rule = (authorities: readonly object[], more: object = {}) =>
  JSON.stringify({
    name: "ClusterImagePolicy a",
    globs: ["a.example/team/**", "a.example/team@*"],
    requirements: [{ type: "sigstore", authorities, ...more }],
  });

describe("what CRI-O does not enforce as it is written", () => {
  const rows: ReadonlyArray<
    readonly [what: string, text: string, known: readonly Shortcoming[], effects: readonly string[]]
  > = [
    ["of what nobody can", rule([fail]), [missing], ["refuses"]],
    ["of a key", rule([key]), [], ["stricter"]],
    ["of a key beside one that is missing", rule([fail, key]), [missing], ["refuses", "stricter"]],
    ["of what it has no words for", rule([keyless]), [], ["refuses"]],
    ["of what only warns: it lets in there", rule([fail], { mode: "warn" }), [missing], ["ignored"]],
    ["of what passes", rule([{ name: "p", static: { action: "pass" } }]), [], []],
  ];
  for (const [what, text, known, effects] of rows) {
    it(what, () => {
      assert.deepEqual([...new Set(crioShortcomings(text, known).map(({ effect }) => effect))], effects);
    });
  }
});
