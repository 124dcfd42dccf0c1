import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { parseJson } from "../values/strict-json.ts";
import { compileImagePolicy } from "./compile-image-policy.ts";
import type { Materials } from "./materials.ts";
import { readPolicyResource } from "./parse-resource.ts";

const pem = createSigningKey("policy").publicKeyPem;
const data = Buffer.from(pem).toString("base64");
const rootJson = `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`;
const rootData = Buffer.from(rootJson).toString("base64");

/** Everything can be had, except what is called missing. */
const materials: Materials = {
  namespace: "countersign-system",
  key: (reference) =>
    reference.type === "secret" && reference.name === "missing"
      ? { type: "missing", why: "there is no Secret missing" }
      : { type: "found", value: pem },
  trustRoot: (name) =>
    name === "missing"
      ? { type: "missing", why: "there is no TrustRoot missing" }
      : { type: "found", value: { type: "text", json: rootJson } },
  publicRoot: {
    type: "found",
    value: {
      type: "tuf",
      mirror: "https://tuf.example",
      root: Buffer.from("{}"),
      target: "trusted_root.json",
    },
  },
  policyText: () => ({ type: "found", value: "predicate.ok" }),
};
const publicRoot = {
  tuf: { mirror: "https://tuf.example", root: { data: "e30=" }, target: "trusted_root.json" },
};

function compile(spec: object, namespace?: string) {
  const policy = {
    apiVersion: namespace === undefined ? "policy.sigstore.dev/v1beta1" : "policy.countersign.dev/v1alpha1",
    kind: namespace === undefined ? "ClusterImagePolicy" : "ImagePolicy",
    metadata: { name: "signed", ...(namespace && { namespace }) },
    spec: { images: [{ glob: "ghcr.io/team/**" }], authorities: [{ key: { data: pem } }], ...spec },
  };
  const resource = readPolicyResource(parseJson(Buffer.from(JSON.stringify(policy))), (path, message) => {
    throw new Error(`${path}: ${message}`);
  });
  assert.ok(resource?.type === "imagePolicy");
  const { text, shortcomings } = compileImagePolicy(resource, materials);
  return { rule: JSON.parse(text), shortcomings };
}

const identity = { issuer: "https://issuer.example", subject: "release@example.com" };

describe("an authority is compiled to what a policy file says:", () => {
  const rows: ReadonlyArray<readonly [what: string, spec: object, compiled: object]> = [
    ["a key", { key: { data: pem } }, { key: { data, hashAlgorithm: "sha256" } }],
    [
      "a key by its Secret, and another hash",
      { key: { secretRef: { name: "s" }, hashAlgorithm: "sha512" } },
      { key: { data, hashAlgorithm: "sha512" } },
    ],
    ["a key in a KMS", { key: { kms: "hashivault://a" } }, { key: { data, hashAlgorithm: "sha256" } }],
    [
      "a key in a log",
      { key: { data: pem }, ctlog: { trustRootRef: "ours" } },
      {
        key: { data, hashAlgorithm: "sha256" },
        transparency: { threshold: 1, trustedRoot: { data: rootData } },
      },
    ],
    [
      "a key with a timestamp, which switches the log off",
      {
        key: { data: pem },
        ctlog: { url: "https://rekor.example" },
        rfc3161timestamp: { trustRootRef: "ours" },
      },
      {
        key: { data, hashAlgorithm: "sha256" },
        timestamp: { threshold: 1, trustedRoot: { data: rootData } },
      },
    ],
    [
      "the public Fulcio, with the public log",
      { keyless: { identities: [identity] } },
      { keyless: { trustedRoot: publicRoot, identities: [identity] }, transparency: { threshold: 1 } },
    ],
    [
      "a TrustRoot, which asks no log, and patterns that are searched for",
      {
        keyless: {
          trustRootRef: "ours",
          insecureIgnoreSCT: true,
          identities: [{ issuerRegExp: "issuer", subjectRegExp: "@example" }],
        },
      },
      {
        keyless: {
          trustedRoot: { data: rootData },
          identities: [{ issuerRegExpUnanchored: "issuer", subjectRegExpUnanchored: "@example" }],
          insecureIgnoreSCT: true,
        },
        transparency: { threshold: 0 },
      },
    ],
    ["one that always passes", { static: { action: "pass" } }, { static: { action: "pass" } }],
    [
      "one that never does",
      { static: { action: "fail", message: "no" } },
      { static: { action: "fail", message: "no" } },
    ],
    [
      "signatures elsewhere",
      { key: { data: pem }, source: [{ oci: "ghcr.io/signatures", tagPrefix: "v" }] },
      {
        key: { data, hashAlgorithm: "sha256" },
        source: [{ repository: "ghcr.io/signatures", tagPrefix: "v" }],
      },
    ],
    [
      "attestations, with CEL from a ConfigMap",
      {
        key: { data: pem },
        attestations: [
          { name: "a", predicateType: "slsaprovenance" },
          {
            name: "b",
            predicateType: "https://p.example",
            policy: { type: "cel", configMapRef: { name: "c", key: "k" } },
          },
        ],
      },
      {
        key: { data, hashAlgorithm: "sha256" },
        attestations: [
          { name: "a", predicateType: "slsaprovenance" },
          {
            name: "b",
            predicateType: "https://p.example",
            policy: { type: "cel", expression: "predicate.ok" },
          },
        ],
      },
    ],
  ];
  for (const [what, spec, compiled] of rows) {
    it(what, () => {
      const { rule, shortcomings } = compile({ authorities: [spec] });
      assert.deepEqual(rule.requirements[0].authorities, [{ name: "authority-0", ...compiled }]);
      assert.deepEqual(shortcomings, []);
    });
  }
});

describe("what cannot be enforced accepts nothing, and says why:", () => {
  const rows: ReadonlyArray<readonly [what: string, spec: object, path: string, message: RegExp]> = [
    [
      "a Secret that is not there",
      { key: { secretRef: { name: "missing" } } },
      "spec.authorities[0].key.secretRef",
      /no Secret/,
    ],
    [
      "a TrustRoot that is not there",
      { keyless: { trustRootRef: "missing", identities: [identity] } },
      "spec.authorities[0].keyless.trustRootRef",
      /no TrustRoot/,
    ],
    [
      "a timestamp's TrustRoot",
      { key: { data: pem }, rfc3161timestamp: { trustRootRef: "missing" } },
      "spec.authorities[0].rfc3161timestamp.trustRootRef",
      /no TrustRoot/,
    ],
    [
      "a CA without a log",
      { keyless: { "ca-cert": { data: "x" }, identities: [identity] } },
      "spec.authorities[0].keyless.ca-cert",
      /trustRootRef/,
    ],
    [
      "a CA beside a TrustRoot, whose CAs are others",
      { keyless: { "ca-cert": { data: "x" }, trustRootRef: "ours", identities: [identity] } },
      "spec.authorities[0].keyless.ca-cert",
      /trustRootRef alone/,
    ],
    [
      "SHA-224",
      { key: { data: pem, hashAlgorithm: "sha224" } },
      "spec.authorities[0].key.hashAlgorithm",
      /SHA-224/,
    ],
    [
      "CUE",
      {
        key: { data: pem },
        attestations: [{ name: "a", predicateType: "vuln", policy: { type: "cue", data: "a" } }],
      },
      "spec.authorities[0].attestations[0].policy.type",
      /no engine for cue.*CEL/,
    ],
    [
      "Rego",
      {
        key: { data: pem },
        attestations: [{ name: "a", predicateType: "vuln", policy: { type: "rego", data: "a" } }],
      },
      "spec.authorities[0].attestations[0].policy.type",
      /no engine for rego/,
    ],
  ];
  for (const [what, spec, path, message] of rows) {
    it(what, () => {
      const { rule, shortcomings } = compile({ authorities: [spec, { key: { data: pem } }] });
      const [refusing, other] = rule.requirements[0].authorities;
      assert.deepEqual([refusing.static.action, Object.keys(other)], ["fail", ["name", "key"]]);
      assert.match(refusing.static.message, message);
      assert.deepEqual(
        shortcomings.map(({ path: place, effect }) => [place, effect]),
        [[path, "refuses"]],
      );
    });
  }

  for (const type of ["cue", "rego", "cel"]) {
    it(`a policy over what the authorities found, in ${type}, and where it could be asked instead`, () => {
      const { rule, shortcomings } = compile({ policy: { type, data: "true" } });
      const message = shortcomings[0]?.message ?? "";
      assert.match(message, /^a policy over .* in no language here, CEL included.*attestations\[\]\.policy/);
      assert.equal(rule.requirements[0].authorities[0].static.message, message);
    });
  }

  it("a policy over what the authorities found", () => {
    const { rule, shortcomings } = compile({ policy: { type: "cue", data: "a" } });
    assert.deepEqual(
      rule.requirements[0].authorities.map((one: { static: { action: string } }) => one.static.action),
      ["fail"],
    );
    assert.deepEqual(
      shortcomings.map(({ path, effect }) => [path, effect]),
      [["spec.policy", "refuses"]],
    );
  });
});

describe("a rule", () => {
  it("is named and matched as its resource", () => {
    const { rule } = compile({});
    assert.equal(rule.name, "ClusterImagePolicy signed");
    assert.deepEqual(rule.globs, ["ghcr.io/team/**"]);
    assert.equal(rule.tightens, undefined);
    assert.deepEqual(rule.requirements[0].signedIdentity, { type: "digestOnly" });
  });

  it("only warns if the resource does", () => {
    assert.equal(compile({ mode: "warn" }).rule.requirements[0].mode, "warn");
  });

  it("of a namespace tightens what the cluster demands", () => {
    const { rule } = compile({}, "shop");
    assert.deepEqual([rule.name, rule.tightens], ["ImagePolicy shop/signed", true]);
  });

  const limited: ReadonlyArray<readonly [what: string, match: object, isLimited: boolean]> = [
    ["every pod", { resource: "pods", version: "*" }, false],
    ["pods of version v1", { resource: "pods", version: "v1" }, false],
    ["nothing, as a version is missing", { resource: "pods" }, true],
    ["deployments", { resource: "deployments", group: "apps" }, true],
    ["pods with a label", { resource: "pods", selector: { matchLabels: { a: "b" } } }, true],
  ];
  for (const [what, match, isLimited] of limited) {
    it(`for ${what} is ${isLimited ? "stricter on a node, and says so" : "one for all"}`, () => {
      const { rule, shortcomings } = compile({ match: [match] });
      assert.equal(rule.tightens === true, isLimited);
      assert.deepEqual(
        shortcomings.map(({ effect }) => effect),
        isLimited ? ["stricter"] : [],
      );
    });
  }
});

describe("a namespace named beside a Secret or a ConfigMap", () => {
  const secretRef = (namespace: object) => ({ key: { secretRef: { name: "key", ...namespace } } });
  const configMap = (namespace: string) => ({
    key: { data: pem },
    attestations: [
      { name: "a", predicateType: "vuln" },
      {
        name: "b",
        predicateType: "vuln",
        policy: { type: "cel", configMapRef: { name: "texts", key: "b", namespace } },
      },
    ],
  });
  const told = (authority: object, namespace?: string) =>
    compile({ authorities: [authority] }, namespace).shortcomings;

  for (const namespace of [{}, { namespace: "" }, { namespace: "countersign-system" }]) {
    it(`is no matter as ${JSON.stringify(namespace)}`, () => {
      assert.deepEqual(told(secretRef(namespace)), []);
    });
  }

  for (const own of [undefined, "shop"]) {
    it(`that is another one is told in a policy of ${own ?? "the cluster"}, with what counts and what to do`, () => {
      assert.deepEqual(told(secretRef({ namespace: "team" }), own), [
        {
          path: "spec.authorities[0].key.secretRef.namespace",
          effect: "ignored",
          message:
            'Secrets are read in countersign-system alone: the Secret key there counts, and not the one of "team"; have it in countersign-system, and leave the namespace out',
        },
      ]);
    });
  }

  it("is told of a ConfigMap too, by its attestation", () => {
    assert.deepEqual(
      told(configMap("team")).map(({ path, effect }) => [path, effect]),
      [["spec.authorities[0].attestations[1].policy.configMapRef.namespace", "ignored"]],
    );
    assert.deepEqual(told(configMap("countersign-system")), []);
  });

  it("is told besides where there is no such Secret, and cut short however long it is", () => {
    const missing = { key: { secretRef: { name: "missing", namespace: "x".repeat(100_000) } } };
    const [refuses, ignored] = told(missing);
    assert.deepEqual([refuses?.effect, ignored?.effect], ["refuses", "ignored"]);
    assert.ok((ignored?.message.length ?? 0) < 2000);
  });
});

describe("a policy of a namespace has nobody asked on its author's behalf:", () => {
  const remote = { url: "https://10.0.0.1/", sha256sum: "0".repeat(64) };
  const cel = { type: "cel", remote };
  const rows: ReadonlyArray<readonly [what: string, authority: object, message: RegExp]> = [
    ["no KMS", { key: { kms: "hashivault://a" } }, /cannot have a KMS asked/],
    [
      "no address",
      { key: { data: pem }, attestations: [{ name: "a", predicateType: "vuln", policy: cel }] },
      /cannot have anything fetched/,
    ],
    // whether there is such a Secret, and what is in it, is not told to who cannot read it
    [
      "nobody about Secrets",
      { key: { secretRef: { name: "missing" } } },
      /^the Secret missing is not one with/,
    ],
  ];
  for (const [what, authority, message] of rows) {
    it(what, () => {
      const { rule, shortcomings } = compile({ authorities: [authority] }, "shop");
      assert.equal(rule.requirements[0].authorities[0].static.action, "fail");
      assert.match(shortcomings[0]?.message ?? "", message);
      assert.equal(shortcomings[0]?.effect, "refuses");
    });
  }

  it("keys that the cluster offers are taken", () => {
    const { shortcomings } = compile({ authorities: [{ key: { secretRef: { name: "s" } } }] }, "shop");
    assert.deepEqual(shortcomings, []);
  });
});
