import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePolicy } from "../policy/parse-policy.ts";
import { policySet } from "./compile-cluster.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import { composeCrioPolicy } from "./compose-crio-policy.ts";
import { composeGatewayPolicy } from "./compose-gateway-policy.ts";
import { overfullNamespaces } from "./namespace-budget.ts";
import { publish } from "./publication.ts";

const identity = { apiVersion: "policy.countersign.dev/v1alpha1", kind: "ImagePolicy", generation: 1 };

function rules(count: number, globs: readonly string[] = ["a.example/**"], more = ""): CompiledRule[] {
  return Array.from({ length: count }, (_, at) => {
    const name = `ImagePolicy shop/p${at}${more}`;
    const text = JSON.stringify({ name, globs, tightens: true, requirements: [{ type: "reject" }] });
    return { identity: { ...identity, namespace: "shop", name: `p${at}` }, text, shortcomings: [] };
  });
}
const lab: CompiledRule = {
  identity: { ...identity, namespace: "lab", name: "own" },
  text: JSON.stringify({
    name: "ImagePolicy lab/own",
    globs: ["lab.example/**"],
    tightens: true,
    requirements: [{ type: "reject" }],
  }),
  shortcomings: [],
};

describe("the policies of one namespace", () => {
  const overfull: ReadonlyArray<readonly [why: string, rules: readonly CompiledRule[], told: RegExp]> = [
    ["are more than 64", rules(65), /65 policies together/],
    ["are more than two mebibytes", rules(3, undefined, "x".repeat(700 * 1024)), /characters once compiled/],
    ["match by more than 32768 characters", rules(2, Array(200).fill("**a".repeat(30))), /of globs/],
  ];
  for (const [why, own, told] of overfull) {
    it(`refuse all its images, and nobody else's, when they ${why}`, () => {
      const set = policySet([...own, lab], ["shop", "lab"], "deny");
      const shop = set.namespaces.get("shop") ?? [];
      assert.equal(shop.length, 1);
      assert.deepEqual(JSON.parse(shop[0] ?? "").requirements, [{ type: "reject" }]);
      assert.deepEqual(set.namespaces.get("lab"), [lab.text]);
      assert.match(overfullNamespaces(own).get("shop") ?? "", told);
      const open = JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] });
      const gateway = parsePolicy(Buffer.from(composeGatewayPolicy(open, shop)), "shop");
      assert.deepEqual([gateway.images.length, gateway.images[0]?.tightens], [1, true]);
      assert.deepEqual(JSON.parse(composeCrioPolicy(open, shop).text).transports.docker[""], [
        { type: "reject" },
      ]);
    });
  }

  it("are as they were up to that", () => {
    const own = rules(64);
    assert.equal(policySet(own, ["shop"], "deny").namespaces.get("shop")?.length, 64);
    assert.equal(overfullNamespaces([...own, lab]).size, 0);
  });

  it("never make a part of a publication larger than an API server takes, however many there are", () => {
    const { parts } = publish(policySet(rules(20_000), ["shop"], "deny"), 1);
    for (const text of parts.values()) assert.ok(text.length < 1024 * 1024);
  });
});
