import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { re2Pattern } from "@countersign/sources/policy-languages/re2-pattern";
import { someRequirements } from "@countersign/testkit/policies/arbitrary-policy";
import fc from "fast-check";
import { compareRequirements, type RequirementsChange } from "./compare-requirements.ts";
import { readPolicy } from "./parse-policy.ts";
import type { Requirements } from "./policy.ts";

const languages = { pattern: re2Pattern, cel: celExpression };

function requirements(written: unknown): Requirements {
  const bytes = Buffer.from(JSON.stringify({ countersign: 1, default: written }));
  const { policy, faults } = readPolicy(bytes, languages);
  assert.deepEqual(faults, []);
  return policy?.default ?? assert.fail();
}

const opposite: Readonly<Record<RequirementsChange, RequirementsChange>> = {
  same: "same",
  changed: "changed",
  tightened: "loosened",
  loosened: "tightened",
};

describe("a change of", () => {
  const sigstore = (authorities: unknown, more: object = {}) => ({ type: "sigstore", authorities, ...more });
  const key = (more: object = {}) => ({ key: { path: "/k" }, ...more });
  const keys = (...paths: readonly string[]) => ({ key: { paths } });
  const root = { path: "/root.json" };
  const ci = (identity: object, more: object = {}, keyless: object = {}) => ({
    keyless: { trustedRoot: root, identities: [{ issuer: "https://i", ...identity }], ...keyless },
    ...more,
  });
  const attested = (...attestations: readonly object[]) => key({ attestations });
  const vuln = { predicateType: "vuln" };
  const checked = { ...vuln, policy: { type: "cel", expression: "predicate.x" } };
  const reject = { type: "reject" };
  const accept = { type: "insecureAcceptAnything" };
  const anyOf = (...alternatives: readonly unknown[]) => ({ type: "anyOf", alternatives });

  type Row = readonly [what: string, before: unknown, after: unknown, change: RequirementsChange];
  const rows: readonly Row[] = [
    ["nothing", [sigstore([key(), ci({ subject: "a" })])], [sigstore([ci({ subject: "a" }), key()])], "same"],
    ["names alone", [sigstore([key({ name: "a" })])], [sigstore([key({ name: "b" })])], "same"],
    ["one authority less", [sigstore([key(), ci({ subject: "a" })])], [sigstore([key()])], "tightened"],
    ["one authority for another", [sigstore([keys("/a")])], [sigstore([keys("/b")])], "changed"],
    ["one key more", [sigstore([keys("/a")])], [sigstore([keys("/a", "/b")])], "loosened"],
    [
      "an authority that lets in everything",
      [sigstore([key()])],
      [sigstore([key(), { static: { action: "pass" } }])],
      "loosened",
    ],
    [
      "an authority that lets in nothing",
      [sigstore([key()])],
      [sigstore([key(), { static: { action: "fail" } }])],
      "same",
    ],
    ["everything for nothing", [sigstore([{ static: { action: "fail" } }])], [reject], "same"],
    ["nothing for everything", [sigstore([{ static: { action: "pass" } }])], [accept], "same"],
    [
      "a subject, which the pattern lets in",
      [sigstore([ci({ subject: "abc" })])],
      [sigstore([ci({ subjectRegExp: "a.*" })])],
      "loosened",
    ],
    [
      "a subject, which the pattern does not let in",
      [sigstore([ci({ subject: "abc" })])],
      [sigstore([ci({ subjectRegExp: "b.*" })])],
      "changed",
    ],
    [
      "the anchors of a pattern",
      [sigstore([ci({ subjectRegExp: "a" })])],
      [sigstore([ci({ subjectRegExpUnanchored: "a" })])],
      "loosened",
    ],
    [
      "one pattern for another",
      [sigstore([ci({ subjectRegExp: "a" })])],
      [sigstore([ci({ subjectRegExp: "a|b" })])],
      "changed",
    ],
    [
      "SCTs",
      [sigstore([ci({ subject: "a" })])],
      [sigstore([ci({ subject: "a" }, {}, { insecureIgnoreSCT: true })])],
      "loosened",
    ],
    [
      "the logs that a key needs",
      [sigstore([key({ transparency: { trustedRoot: root } })])],
      [sigstore([key()])],
      "loosened",
    ],
    [
      "how many logs are needed",
      [sigstore([ci({ subject: "a" })])],
      [sigstore([ci({ subject: "a" }, { transparency: { threshold: 2 } })])],
      "tightened",
    ],
    [
      "whether a certificate is logged, or valid now",
      [sigstore([ci({ subject: "a" })])],
      [sigstore([ci({ subject: "a" }, { transparency: { threshold: 0 } })])],
      "changed",
    ],
    ["what is looked at", [sigstore([key()])], [sigstore([attested(vuln)])], "changed"],
    ["what is attested", [sigstore([attested(vuln)])], [sigstore([attested(checked)])], "tightened"],
    [
      "how much is attested",
      [sigstore([attested(vuln, { predicateType: "spdx" })])],
      [sigstore([attested(vuln)])],
      "loosened",
    ],
    ["places", [sigstore([key()])], [sigstore([key({ source: [{ tagPrefix: "x" }] })])], "changed"],
    [
      "the name that is signed",
      [sigstore([key()])],
      [sigstore([key()], { signedIdentity: { type: "matchRepository" } })],
      "tightened",
    ],
    [
      "an index's signatures",
      [sigstore([key()])],
      [sigstore([key()], { acceptIndexSignatures: true })],
      "loosened",
    ],
    ["enforcement", [sigstore([key()])], [{ ...sigstore([key()]), mode: "warn" }], "loosened"],
    ["what is only warned of", [{ ...reject, mode: "warn" }], [accept], "same"],
    ["one requirement for a choice", [sigstore([key()])], [anyOf([sigstore([key()])], [reject])], "same"],
    [
      "one requirement for a real choice",
      [sigstore([key()])],
      [anyOf([sigstore([key()])], [sigstore([ci({ subject: "a" })])])],
      "loosened",
    ],
    ["a choice that is none", [reject], [anyOf([reject], [reject, accept])], "same"],
  ];
  for (const [what, before, after, change] of rows) {
    it(`${what} is ${change}`, () => {
      const [old, now] = [requirements(before), requirements(after)];
      assert.equal(compareRequirements(old, now), change);
      assert.equal(compareRequirements(now, old), opposite[change]);
    });
  }
});

describe("compareRequirements", () => {
  it("finds whatever can be written to be the same as itself", () => {
    fc.assert(fc.property(someRequirements, (list) => compareRequirements(list, list) === "same"));
  });
});
