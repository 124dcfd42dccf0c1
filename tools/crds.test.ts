import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readPolicyStrictly } from "@countersign/cluster/webhook/policies/policy-faults";
import { parseJson } from "@countersign/engine/values/strict-json";
import { loadLanguagesForAuthors } from "@countersign/sources/policy-languages/read-policy";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { definitions } from "./crds/definitions.ts";
import type { Schema } from "./crds/schema.ts";
import { definitionFaults } from "./testing/definition-faults.ts";
import {
  authority,
  invalidCases,
  key,
  keyless,
  policyOf,
  trustRoot,
  validCases,
  withPolicy,
} from "./testing/policy-cases.ts";

const languages = await loadLanguagesForAuthors();

/** What the webhook for policies says. */
function webhookFaults(resource: unknown): readonly string[] {
  const { faults } = readPolicyStrictly(parseJson(JSON.stringify(resource)), languages);
  return faults.map(({ path, message }) => `${path}: ${message}`);
}

describe("the definitions", () => {
  it("say of every member what it is, and keep nothing that they do not name", () => {
    const walk = (schema: Schema, path: string): void => {
      assert.ok(schema.description, `${path} has no description`);
      assert.ok(!("x-kubernetes-preserve-unknown-fields" in schema), path);
      if (schema.type === "object") assert.ok(schema.properties ?? schema.additionalProperties, path);
      if (schema.type === "array") assert.ok(schema.items && schema.maxItems, path);
      if (schema.type === "string") assert.ok(schema.maxLength ?? schema.enum ?? schema.format, path);
      for (const [name, inner] of Object.entries(schema.properties ?? {})) walk(inner, `${path}.${name}`);
      if (schema.items) walk(schema.items, `${path}[]`);
    };
    for (const { spec } of definitions) {
      for (const { schema, name } of spec.versions)
        walk(schema.openAPIV3Schema, `${spec.names.kind} ${name}`);
    }
  });

  it("store one version each, and upstream's", () => {
    const stored = definitions.map(({ spec }) =>
      spec.versions.filter(({ storage }) => storage).map((one) => one.name),
    );
    assert.deepEqual(stored, [["v1alpha1"], ["v1alpha1"], ["v1alpha1"]]);
  });
});

describe("a policy that is right is taken by the definition and by the webhook:", () => {
  for (const [what, resource] of validCases) {
    it(what, () => {
      assert.deepEqual(definitionFaults(definitions, resource), []);
      assert.deepEqual(webhookFaults(resource), []);
    });
  }
});

describe("a policy is refused", () => {
  for (const [why, resource, fault] of invalidCases) {
    it(`${why}, by the definition and by the webhook`, () => {
      assert.match(definitionFaults(definitions, resource).join("\n"), fault);
      assert.notDeepEqual(webhookFaults(JSON.parse(JSON.stringify(resource))), []);
    });
  }

  const byWebhook: ReadonlyArray<readonly [why: string, resource: object, fault: RegExp]> = [
    [
      "for a key that is none",
      authority({ key: { data: "---somedata---" } }),
      /authorities\[0\]\.key\.data: not a public key/,
    ],
    [
      "for two authorities of one name",
      policyOf({
        authorities: [
          { name: "a", key },
          { name: "a", key },
        ],
      }),
      /another authority/,
    ],
    [
      "for a source with a tag",
      authority({ key, source: [{ oci: "ghcr.io/a:v1" }] }),
      /without tag and digest/,
    ],
    [
      "as a TrustRoot whose root.json is none",
      trustRoot({ remote: { root: "Zm9v", mirror: "https://tuf.example" } }),
      /^spec\.remote\.root: invalid character/,
    ],
    [
      "as a TrustRoot whose certificates are none",
      trustRoot({
        sigstoreKeys: { certificateAuthorities: [{ uri: "https://a.example", certChain: "Zm9v" }] },
      }),
      /^spec\.sigstoreKeys\.certificateAuthorities\[0\]\.certChain: /,
    ],
    [
      "for CEL that can never be true",
      withPolicy({ type: "cel", data: "1 + 1" }),
      /policy\.data: this expression can never be true: it comes to int/,
    ],
    ["for a policy that is no CEL", withPolicy({ type: "cel", data: "1 +" }), /not a CEL expression/],
  ];
  for (const [why, resource, fault] of byWebhook) {
    it(`${why}, by the webhook alone`, () => {
      assert.deepEqual(definitionFaults(definitions, resource), []);
      assert.match(webhookFaults(resource).join("\n"), fault);
    });
  }
});

describe("what the webhook takes the definition takes too,", () => {
  const valid = policyOf({
    mode: "warn",
    authorities: [
      { name: "a", key },
      {
        keyless,
        ctlog: { url: "https://a.example" },
        attestations: [{ name: "a", predicateType: "p", policy: { type: "cel", data: "true" } }],
      },
      { static: { action: "pass" } },
    ],
    match: [{ resource: "pods", selector: { matchLabels: { a: "b" } } }],
  });

  it("however one thing of it is taken out, put in or replaced", () => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (choices) => {
        const spec = breakOnce(valid.spec, () => choices.next().value ?? 0);
        const broken = { ...valid, spec };
        if (webhookFaults(broken).length > 0) return void refused++;
        taken++;
        assert.deepEqual(definitionFaults(definitions, broken), [], JSON.stringify(spec));
      }),
      { numRuns: 500 },
    );
    assert.ok(taken > 20 && refused > 100, `${taken} and ${refused}`);
  });
});

const intruders: readonly unknown[] = [
  null,
  0,
  true,
  "",
  "x",
  [],
  {},
  [{}],
  { x: 1 },
  "https://a.example",
  "pods",
  "cel",
];
const names = [
  "x",
  "name",
  "key",
  "keyless",
  "static",
  "kms",
  "data",
  "url",
  "subject",
  "resource",
  "ctlog",
  "policy",
];

function breakOnce(value: unknown, choose: () => number): unknown {
  const pick = <T>(of: readonly T[]) => of[choose() % of.length];
  if (Array.isArray(value) && value.length > 0 && choose() % 8 > 0) {
    const at = choose() % value.length;
    if (choose() % 6 === 0) return value.filter((_, index) => index !== at);
    return value.map((item, index) => (index === at ? breakOnce(item, choose) : item));
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value) && choose() % 8 > 0) {
    const members = Object.entries(value);
    if (choose() % 6 === 0 || members.length === 0)
      return { ...value, [pick(names) ?? "x"]: pick(intruders) };
    const [name] = pick(members) ?? [""];
    if (choose() % 6 === 0) return Object.fromEntries(members.filter(([one]) => one !== name));
    return { ...value, [name]: breakOnce((value as Record<string, unknown>)[name], choose) };
  }
  return pick(intruders);
}

describe("deploy/examples", () => {
  const directory = join(import.meta.dirname, "../deploy/examples");
  for (const file of readdirSync(directory)) {
    it(`${file} is taken`, () => {
      const documents = parseAllDocuments(readFileSync(join(directory, file), "utf8"));
      const resources = documents.map((document) => document.toJS()).filter(({ kind }) => kind !== "Secret");
      assert.ok(resources.length > 0);
      for (const resource of resources) {
        assert.deepEqual(definitionFaults(definitions, resource), []);
        assert.deepEqual(webhookFaults(resource), []);
      }
    });
  }
});
