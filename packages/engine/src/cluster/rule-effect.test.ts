import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type RuleEffect, ruleEffect } from "./rule-effect.ts";

const identity = { apiVersion: "", kind: "", namespace: undefined, name: "", generation: 0 };
const fail = { name: "f", static: { action: "fail" } };
const pass = { name: "p", static: { action: "pass" } };
const key = { name: "k", key: { data: "", hashAlgorithm: "sha256" } };
const byGlob = (requirement: object) => ({ name: "r", globs: ["**"], requirements: [requirement] });
const byScope = (requirement: object) => ({
  name: "r",
  transports: { docker: { "a.example": [requirement] } },
});

describe("a rule", () => {
  const rows: ReadonlyArray<readonly [what: string, rule: object, effect: RuleEffect]> = [
    ["with a key", byGlob({ type: "sigstore", authorities: [fail, key] }), "asks for a signature"],
    ["that lets pass", byGlob({ type: "sigstore", authorities: [pass, fail] }), "asks for a signature"],
    ["nobody can meet", byGlob({ type: "sigstore", authorities: [fail, fail] }), "refuses all"],
    ["that only warns", byGlob({ type: "sigstore", mode: "warn", authorities: [fail] }), "warns"],
    ["that refuses", byGlob({ type: "reject" }), "refuses all"],
    ["by scope", byScope({ type: "sigstoreSigned", keyData: "" }), "asks for a signature"],
    ["that refuses by scope", byScope({ type: "reject" }), "refuses all"],
  ];
  for (const [what, rule, effect] of rows) {
    it(`${what} ${effect}`, () => {
      assert.equal(ruleEffect({ identity, text: JSON.stringify(rule), shortcomings: [] }), effect);
    });
  }
});
