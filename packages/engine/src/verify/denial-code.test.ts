import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePolicy } from "../policy/parse-policy.ts";
import { denialCode } from "./denial-code.ts";
import { failed } from "./judgement.ts";
import type { SignatureResult } from "./verdict.ts";

const reject = { type: "reject" };
const base = { type: "signedBaseLayer", baseLayerIdentity: { type: "matchExact" } };
const signed = { type: "sigstoreSigned", keyPath: "/key.pub" };

const found = (outcome: SignatureResult["outcome"]): SignatureResult => ({
  location: "here",
  outcome,
  reason: "",
  signer: undefined,
  certificate: undefined,
  claims: undefined,
});

describe("denialCode is", () => {
  const rows: ReadonlyArray<readonly [code: string, requirement: object, signatures: SignatureResult[]]> = [
    ["POLICY_REJECTS", reject, []],
    ["REQUIREMENT_UNSATISFIABLE", base, []],
    ["SIGNATURE_MISSING", signed, []],
    ["SIGNATURE_MISSING", signed, [found("not relevant")]],
    ["SIGNATURE_NOT_ACCEPTED", signed, [found("not relevant"), found("rejected")]],
  ];
  for (const [code, failing, signatures] of rows) {
    const outcomes = signatures.map(({ outcome }) => outcome).join(" and ") || "nothing";
    it(`${code} where ${JSON.stringify(failing)} fails on ${outcomes}`, () => {
      const policy = parsePolicy(Buffer.from(JSON.stringify({ default: [failing] })), "test");
      const [requirement] = policy.default;
      const results = [{ requirement, ...failed("", signatures) }];
      assert.equal(denialCode({ allowed: false, reason: "", requirements: results }), code);
    });
  }
});
