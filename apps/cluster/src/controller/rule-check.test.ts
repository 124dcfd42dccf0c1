import assert from "node:assert/strict";
import { it } from "node:test";
import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import { publicationChecks } from "./rule-check.ts";

const deny = JSON.stringify({ default: [{ type: "reject" }] });
const ruleWith = (expression: string) =>
  JSON.stringify({
    name: "ClusterImagePolicy attested",
    globs: ["**"],
    requirements: [
      {
        type: "sigstore",
        authorities: [
          {
            name: "a",
            key: { path: "/key.pub" },
            attestations: [{ name: "b", predicateType: "vuln", policy: { type: "cel", expression } }],
          },
        ],
      },
    ],
  });

it("an expression that can never be true is a fault of a policy, and of no publication that has it already", async () => {
  const checks = await publicationChecks();
  assert.deepEqual(checks.rule(ruleWith("predicate.ok")), []);
  assert.match(
    checks.rule(ruleWith("1 + 1"))[0]?.message ?? "",
    /^this expression can never be true: it comes/,
  );
  assert.equal(checks.file(composeGatewayPolicy(deny, [ruleWith("1 + 1")])), undefined);
  assert.match(checks.file(composeGatewayPolicy(deny, [ruleWith("1 +")])) ?? "", /not a CEL expression/);
});
