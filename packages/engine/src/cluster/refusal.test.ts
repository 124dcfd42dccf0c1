import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readPolicy } from "../policy/parse-policy.ts";
import { parseJson } from "../values/strict-json.ts";
import { composeGatewayPolicy } from "./compose-gateway-policy.ts";
import { imagesOf, isRefusal, refusalOf } from "./refusal.ts";

const json = (value: unknown) => parseJson(Buffer.from(JSON.stringify(value)));
const policy = (spec: unknown, kind: object = {}) => ({
  apiVersion: "policy.sigstore.dev/v1alpha1",
  kind: "ClusterImagePolicy",
  metadata: { name: "broken" },
  spec,
  ...kind,
});
const ofNamespace = {
  apiVersion: "policy.countersign.dev/v1alpha1",
  kind: "ImagePolicy",
  metadata: { name: "broken", namespace: "shop" },
};
const openShift = { apiVersion: "config.openshift.io/v1" };
const images = [{ glob: "a.example/**" }];

describe("a policy that never was right refuses", () => {
  const rows: ReadonlyArray<readonly [what: string, resource: object, about: readonly string[]]> = [
    ["the images it is about", policy({ images, authorities: "nobody" }), ["a.example/**"]],
    ["them under a mode that is none", policy({ images, mode: "wran" }), ["a.example/**"]],
    ["those of its globs that are some", policy({ images: [...images, { glob: "[" }, 7] }), ["a.example/**"]],
    ["them in its own namespace", policy({ images }, ofNamespace), ["a.example/**"]],
    [
      "its scopes, if it is OpenShift's",
      policy(
        { scopes: ["a.example", "", "@x", "a.example/\u0080", `a.example/${"a".repeat(600)}`] },
        openShift,
      ),
      ["a.example"],
    ],
  ];
  for (const [what, resource, about] of rows) {
    it(what, () => {
      const rule = refusalOf(json(resource));
      assert.ok(rule !== undefined);
      assert.deepEqual(imagesOf(rule), about);
      assert.equal(isRefusal(rule), true);
      assert.equal(rule.shortcomings[0]?.effect, "refuses");
    });
  }

  it("nothing outside its namespace, and replaces nothing there", () => {
    const rule = refusalOf(json(policy({ images }, ofNamespace)));
    assert.equal(rule?.identity.namespace, "shop");
    assert.equal(JSON.parse(rule?.text ?? "").tightens, true);
  });
});

describe("nothing is refused for a policy", () => {
  const rows: ReadonlyArray<readonly [what: string, resource: object]> = [
    ["that only warns", policy({ images, mode: "warn" })],
    ["that names no image", policy({ images: [], authorities: [] })],
    ["whose globs are none", policy({ images: [{ glob: "a b" }, { name: "x" }, "x"] })],
    ["whose images are none", policy({ images: "a.example/**" })],
    ["whose scopes are none", policy({ scopes: ["@x", ""] }, openShift)],
    ["that says nothing", policy(undefined)],
    ["without a name", { ...policy({ images }), metadata: {} }],
  ];
  for (const [what, resource] of rows) {
    it(what, () => assert.equal(refusalOf(json(resource)), undefined));
  }
});

describe("what a policy refuses that never was right", () => {
  it("is a rule that nodes take, whatever the policy says", () => {
    const glob = fc.oneof(fc.string(), fc.stringMatching(/^[a-z.]{1,9}(?:\/\*\*|@\*)$/), fc.jsonValue());
    const spec = fc.record({ images: fc.array(fc.record({ glob }), { maxLength: 5 }), mode: fc.jsonValue() });
    fc.assert(
      fc.property(fc.oneof(spec, fc.jsonValue()), (value) => {
        const rule = refusalOf(json(policy(value)));
        if (rule === undefined) return;
        const file = composeGatewayPolicy('{"default":[{"type":"reject"}]}', [rule.text]);
        assert.deepEqual(readPolicy(Buffer.from(file)).faults, []);
        assert.ok(imagesOf(rule).length > 0);
      }),
    );
  });
});
