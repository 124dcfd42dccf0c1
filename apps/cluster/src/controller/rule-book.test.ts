import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Material, Materials } from "@countersign/engine/cluster/materials";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import type { ApiObject } from "../kube/api-object.ts";
import { RuleBook, type RuleOutcome } from "./rule-book.ts";
import { publicationChecks } from "./rule-check.ts";

const pem = createSigningKey("release").publicKeyPem;
const missing = { type: "missing", why: "there is no Secret" } as const;
const found = { type: "found", value: pem } as const;
const materials = (key: Material<string>): Materials => ({
  key: () => key,
  trustRoot: () => ({
    type: "found",
    value: {
      type: "tuf",
      mirror: "https://tuf.example",
      root: Buffer.from("{}"),
      target: "trusted_root.json",
    },
  }),
  namespace: "countersign-system",
  publicRoot: missing,
  policyText: () => missing,
});

const policy = (spec: object, version = "v1alpha1"): ApiObject => ({
  apiVersion: `policy.sigstore.dev/${version}`,
  kind: "ClusterImagePolicy",
  metadata: { name: "signed" },
  spec,
});
const images = [{ glob: "registry.example/**" }];
const inline = policy({ images, authorities: [{ key: { data: pem } }] });
const bySecret = policy({ images, authorities: [{ key: { secretRef: { name: "key" } } }] });
const nonsense = policy({ images, authorities: [] });
const noPattern = policy({
  images,
  authorities: [
    {
      keyless: {
        trustRootRef: "root",
        identities: [{ issuer: "https://issuer.example", subjectRegExp: "(" }],
      },
    },
  ],
});

const authorities = [{ key: { data: pem } }];
const noKey = policy({ images, authorities: [{ key: { data: "-----BEGIN PUBLIC KEY-----" } }] });
const attested = (...expressions: readonly string[]): ApiObject =>
  policy({
    images,
    authorities: [
      {
        key: { data: pem },
        attestations: expressions.map((data, at) => ({
          name: `a${at}`,
          predicateType: "vuln",
          policy: { type: "cel", data },
        })),
      },
    ],
  });

describe("RuleBook", () => {
  let book: RuleBook;
  beforeEach(async () => {
    book = new RuleBook((await publicationChecks()).rule);
  });

  const update = (object: ApiObject, key: Material<string> = found): RuleOutcome => {
    const [outcome] = book.update([object], materials(key));
    assert.ok(outcome !== undefined);
    return outcome;
  };

  const broken: readonly (readonly [
    why: string,
    object: ApiObject,
    key: Material<string>,
    problem: RegExp,
  ])[] = [
    ["is edited to nonsense", nonsense, found, /spec\.authorities: at least one/],
    ["refers to a Secret that is not there", bySecret, missing, /there is no Secret/],
    ["has a pattern that is none", noPattern, found, /regular expression/],
  ];
  for (const [why, object, key, problem] of broken) {
    it(`keeps a policy in force as it was when it ${why}`, () => {
      const { rule } = update(inline);
      const outcome = update(object, key);
      assert.equal(outcome.rule?.text, rule?.text);
      assert.match(outcome.problems.join(), problem);
    });

    it(`keeps what a controller before it had in force when it ${why}`, async () => {
      const { rule } = update(inline);
      assert.ok(rule !== undefined);
      book = new RuleBook((await publicationChecks()).rule);
      book.adopt([rule]);
      assert.equal(update(object, key).rule?.text, rule.text);
    });
  }

  it("has a policy refuse what it cannot enforce from the first, and enforce it once it can", () => {
    const first = update(bySecret, missing);
    assert.deepEqual(first.problems, []);
    assert.equal(first.rule?.shortcomings[0]?.effect, "refuses");
    assert.match(first.rule?.text ?? "", /"action":"fail"/);
    const then = update(bySecret, found);
    assert.deepEqual(then.rule?.shortcomings, []);
    assert.doesNotMatch(then.rule?.text ?? "", /"action":"fail"/);
  });

  const neverRight: readonly (readonly [why: string, object: ApiObject, problem: RegExp])[] = [
    [
      "has a pattern that is none",
      noPattern,
      /^spec\.authorities\[0\]\.keyless\.identities\[0\]\.subjectRegExp: not a regular expression/,
    ],
    [
      "has CEL that is none",
      attested("predicat.foo == 1"),
      /^spec\.authorities\[0\]\.attestations\[0\]\.policy\.data: not a CEL expression: there is no "predicat"/,
    ],
    ["has a key that is none", noKey, /^spec\.authorities\[0\]\.key\.data: not a public key in PEM/],
    ["names nobody who may vouch", nonsense, /^spec\.authorities: at least one/],
    ["says its mode wrong", policy({ images, authorities, mode: "wran" }), /^spec\.mode/],
  ];
  for (const [why, object, problem] of neverRight) {
    it(`refuses every image of a policy that never was right, as it ${why}`, () => {
      for (let again = 0; again < 2; again++) {
        const { rule, problems, standing } = update(object);
        assert.deepEqual(JSON.parse(rule?.text ?? ""), {
          name: "ClusterImagePolicy signed",
          globs: ["registry.example/**"],
          requirements: [{ type: "reject" }],
        });
        assert.equal(standing, "refusing");
        assert.match(problems[0] ?? "", problem);
        // whoever leads next must not take that for an older version
        assert.ok(rule !== undefined);
        book.adopt([rule]);
      }
      const edited = policy({ ...(object.spec as object), images: [{ glob: "other.example/**" }] });
      assert.match(update(edited).rule?.text ?? "", /other\.example/);
      assert.equal(update(inline).standing, "asWritten");
    });
  }

  for (const [why, object] of neverRight.slice(0, 4)) {
    it(`refuses nothing for a policy that only warns and ${why}`, () => {
      const { rule, standing } = update(policy({ ...(object.spec as object), mode: "warn" }));
      assert.deepEqual([rule, standing], [undefined, "nothing"]);
    });
  }

  it("says every fault of a policy that shows only when it is compiled, each with its place", () => {
    const { problems } = update(attested("predicat.foo == 1", "nothing.bar"));
    assert.deepEqual(
      problems.map((problem) => problem.split(": ")[0]),
      [0, 1].map((at) => `spec.authorities[0].attestations[${at}].policy.data`),
    );
  });

  it("refuses nothing for a policy of which nobody knows what it is about", () => {
    const { rule, standing } = update(policy({ images: [{ glob: "[" }], authorities }));
    assert.deepEqual([rule, standing], [undefined, "nothing"]);
  });

  it("refuses of a namespace's policy with scopes that are none the images of the others, and none of other namespaces", () => {
    const scopes = ["shop.example/app", "quay.io/a\u0080b", `quay.io/${"a".repeat(1100)}`, "@x", ""];
    const publicKey = { keyData: Buffer.from(pem).toString("base64") };
    const hostile: ApiObject = {
      apiVersion: "config.openshift.io/v1",
      kind: "ImagePolicy",
      metadata: { name: "own", namespace: "shop" },
      spec: { scopes, policy: { rootOfTrust: { policyType: "PublicKey", publicKey } } },
    };
    const { rule, standing, problems } = update(hostile);
    assert.equal(standing, "refusing");
    assert.deepEqual(
      problems.map((problem) => problem.split(": ")[0]),
      [1, 2, 3, 4].map((at) => `spec.scopes[${at}]`),
    );
    assert.deepEqual(JSON.parse(rule?.text ?? ""), {
      name: "ImagePolicy shop/own",
      tightens: true,
      transports: { docker: { "shop.example/app": [{ type: "reject" }] } },
    });
    assert.equal(
      update({ ...hostile, spec: { ...(hostile.spec as object), scopes: ["shop.example"] } }).standing,
      "asWritten",
    );
  });

  it("knows a policy by its group, whichever version it is read in", () => {
    update(inline);
    const outcome = update(policy({ images, authorities: [] }, "v1beta1"));
    assert.ok(outcome.rule !== undefined);
  });

  it("goes on compiling the others beside a policy that nests too deep for anyone", () => {
    let deep: object = {};
    for (let level = 0; level < 100; level++) deep = { a: deep };
    const hostile = { ...policy({ images, match: deep }), metadata: { name: "hostile" } };
    const [first, second] = book.update([hostile, inline], materials(found));
    assert.match(first?.problems.join() ?? "", /nested more than 64 deep/);
    assert.deepEqual([first?.standing, second?.problems], ["refusing", []]);
  });

  it("forgets a policy that was removed", () => {
    update(inline);
    book.update([], materials(found));
    assert.equal(update(nonsense).standing, "refusing");
  });

  it("does not compile again what is the very same", () => {
    const with1 = materials(found);
    const [first] = book.update([inline], with1);
    const [second] = book.update([inline], with1);
    assert.equal(first, second);
  });
});
