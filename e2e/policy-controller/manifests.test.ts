/**
 * Puts policy-controller's own test manifests to the definitions and to the webhook's reader: its valid ones must be taken
 * unchanged, its invalid ones refused. COUNTERSIGN_POLICY_CONTROLLER names a clone of sigstore/policy-controller.
 *
 *   COUNTERSIGN_POLICY_CONTROLLER=../policy-controller npm run e2e:manifests
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import { readPolicyStrictly } from "@countersign/cluster/webhook/policies/policy-faults";
import { parseJson } from "@countersign/engine/values/strict-json";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { re2Pattern } from "@countersign/sources/policy-languages/re2-pattern";
import { parseAllDocuments } from "yaml";
import { definitions } from "../../tools/crds/definitions.ts";
import { definitionFaults } from "../../tools/testing/definition-faults.ts";

const clone = process.env["COUNTERSIGN_POLICY_CONTROLLER"];
assert.ok(clone, "COUNTERSIGN_POLICY_CONTROLLER must name a clone of sigstore/policy-controller");

const git = (...call: readonly string[]) => execFileSync("git", ["-C", clone, ...call], { encoding: "utf8" });
const folder = "test/testdata/policy-controller";
const languages = { pattern: re2Pattern, cel: celExpression };

function policiesIn(file: string): readonly object[] {
  const objects = parseAllDocuments(git("show", `HEAD:${file}`)).map((document) => document.toJS() ?? {});
  return objects.filter(({ apiVersion = "" }) => String(apiVersion).startsWith("policy.sigstore.dev/"));
}

const faultsOf = (policy: object) => ({
  definition: definitionFaults(definitions, policy),
  webhook: readPolicyStrictly(parseJson(JSON.stringify(policy)), languages).faults,
});

for (const kind of ["valid", "e2e", "tester", "invalid"]) {
  describe(`policy-controller's ${kind} manifests`, () => {
    const files = git("ls-tree", "--name-only", "HEAD", `${folder}/${kind}/`).trim().split("\n");
    const policies = files.flatMap((file) => policiesIn(file).map((policy) => [file, policy] as const));
    it("are there", () => assert.ok(policies.length > 0));
    for (const [file, policy] of policies) {
      it(file.slice(folder.length + 1), () => {
        const { definition, webhook } = faultsOf(policy);
        if (kind === "invalid") return assert.notDeepEqual(webhook, []);
        return assert.deepEqual({ definition, webhook }, { definition: [], webhook: [] });
      });
    }
  });
}
