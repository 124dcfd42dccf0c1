import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { maxPolicySize } from "@countersign/engine/policy/policy-size";
import { faultsOfFile } from "./compiled-faults.ts";

const languages = { languages: { pattern: () => assert.fail(), cel: () => assert.fail() } };
const policy = (name: string, length: number): CompiledRule => ({
  identity: {
    ...{ apiVersion: "config.openshift.io/v1", kind: "ClusterImagePolicy", generation: 1 },
    ...{ namespace: undefined, name },
  },
  text: "x".repeat(length),
  shortcomings: [],
});
const policies = [policy("small", 1), policy("large", 300), policy("medium", 20), policy("larger", 400)];
const fileOf = (size: number) => {
  const text = JSON.stringify({ countersign: 1, default: [{ type: "reject" }] });
  return text + " ".repeat(size - text.length);
};

describe("a file that policies come to together", () => {
  it("is a fault when no gateway would read it, which names the largest of them and what to do", () => {
    const [fault, ...others] = faultsOfFile(
      "policies/shop.json",
      fileOf(maxPolicySize + 1),
      policies,
      languages,
    );
    assert.deepEqual(others, []);
    assert.equal(
      fault?.message,
      "all policies of policies/shop.json together are no policy: the file would have 16777217 bytes, and a gateway reads 16777216: let the policies have fewer scopes and globs, or shorter keys and certificates; the largest: ClusterImagePolicy larger (400 characters compiled), ClusterImagePolicy large (300 characters compiled), ClusterImagePolicy medium (20 characters compiled)",
    );
  });

  it("is none when it is as large as is read", () => {
    assert.deepEqual(faultsOfFile("policy.json", fileOf(maxPolicySize), policies, languages), []);
  });
});
