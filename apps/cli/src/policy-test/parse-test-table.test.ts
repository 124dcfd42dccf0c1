import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { readYamlDocument } from "@countersign/sources/files/yaml-document";
import { brokenMembers } from "@countersign/testkit/broken-members";
import fc from "fast-check";
import { parseTestTable } from "./parse-test-table.ts";
import type { TestTable } from "./test-table.ts";

const parse = (yaml: string): TestTable =>
  parseTestTable(readYamlDocument(yaml), "repo/images.yaml", parseDockerImage);

const row = { image: "registry.example/app:v1", expect: "denied" };
const whole = {
  policy: "policy.json",
  policies: "policies",
  trustFiles: { "/etc/keys": "keys" },
  platform: "linux/arm64/v8",
  evidence: "evidence",
  at: "2026-11-01T12:00:00+01:00",
  images: [row],
};
const wholeRow = {
  ...row,
  namespace: "shop",
  platform: "linux/arm64",
  code: "SIGNATURE_MISSING",
  message: "no signature exists",
  evidence: "unsigned",
  at: "now",
};

describe("parseTestTable reads", () => {
  it("a table that says only what it must", () => {
    assert.deepEqual(parse("images:\n  - image: busybox\n    expect: allowed\n"), {
      policy: undefined,
      policies: undefined,
      trustFiles: new Map(),
      rows: [
        {
          file: "repo/images.yaml",
          line: 2,
          written: "busybox",
          image: parseDockerImage("docker.io/library/busybox:latest"),
          namespace: undefined,
          platform: { os: "linux", architecture: "amd64", variant: "" },
          expected: { decision: "allowed" },
          evidence: { type: "live" },
          at: "evidence",
        },
      ],
    });
  });

  it("paths as they are seen from the table", () => {
    const { policy, policies, trustFiles, rows } = parse(JSON.stringify(whole));
    assert.deepEqual(
      [policy, policies, trustFiles, rows[0]?.evidence],
      [
        "repo/policy.json",
        "repo/policies",
        new Map([["/etc/keys", "repo/keys"]]),
        { type: "recorded", directory: "repo/evidence" },
      ],
    );
  });

  it("absolute paths as they are", () =>
    assert.equal(parse(JSON.stringify({ ...whole, policy: "/p.json" })).policy, "/p.json"));

  it("from the table what a row does not say", () => {
    const [first] = parse(JSON.stringify(whole)).rows;
    assert.deepEqual(first?.platform, { os: "linux", architecture: "arm64", variant: "v8" });
    assert.equal(first?.at, Date.UTC(2026, 10, 1, 11));
  });

  it("from the row what it does say", () => {
    const [first] = parse(JSON.stringify({ ...whole, images: [wholeRow] })).rows;
    assert.deepEqual(
      [first?.namespace, first?.platform.architecture, first?.evidence, first?.at, first?.expected],
      [
        "shop",
        "arm64",
        { type: "unsigned" },
        "now",
        { decision: "denied", code: "SIGNATURE_MISSING", message: "no signature exists" },
      ],
    );
  });
});

function faultsOf(yaml: string): string {
  try {
    parse(yaml);
  } catch (error) {
    const { code, message } = CountersignError.from(error);
    assert.equal(code, "CONFIG_INVALID");
    return message;
  }
  return assert.fail("the table was taken");
}

describe("parseTestTable refuses, saying line, field and what to write instead,", () => {
  const table = (fields: object) => JSON.stringify({ ...whole, ...fields });
  const rowOf = (fields: object) => JSON.stringify({ ...whole, images: [{ ...wholeRow, ...fields }] });
  const rows: ReadonlyArray<readonly [why: string, yaml: string, fault: string]> = [
    [
      "a list",
      "- image: x\n",
      "1: a map is expected, with policy, policies, trustFiles, platform, evidence, at, images",
    ],
    ["no images", "policy: x\n", "1: images is missing"],
    [
      "an empty list of images",
      "images: []\n",
      "1: images: list images, as in - {image: …, expect: allowed}",
    ],
    ["images that are no list", "images: busybox\n", "1: images: a list is expected, not string"],
    [
      "a bare name",
      "images:\n  - busybox\n",
      "2: images[0]: a map is expected, with image, namespace, expect, code, message, platform, evidence, at",
    ],
    ["no image", "images:\n  - expect: denied\n", "2: images[0]: image is missing"],
    ["no expectation", "images:\n  - image: busybox\n", "2: images[0]: expect is missing"],
    [
      "a typo",
      "images:\n  - image: busybox\n    expect: denied\n    mesage: x\n",
      "4: images[0].mesage: unknown key; there are image, namespace, expect, code, message, platform, evidence, at",
    ],
    [
      "a typo at the top",
      table({ polices: "x" }),
      "1: polices: unknown key; there are policy, policies, trustFiles, platform, evidence, at, images",
    ],
    [
      "a key twice",
      "policy: x\npolicy: y\nimages: [{image: x, expect: denied}]\n",
      '2: policy: Duplicate key "policy"',
    ],
    [
      "a name that is none",
      rowOf({ image: "UPPER/x" }),
      '1: images[0].image: "UPPER/x": invalid reference format: repository name must be lowercase',
    ],
    [
      "a name with tag and digest",
      rowOf({ image: `x:1@sha256:${"0".repeat(64)}` }),
      `1: images[0].image: "x:1@sha256:${"0".repeat(64)}": Docker references with both a tag and digest are currently not supported`,
    ],
    [
      "another decision",
      rowOf({ expect: "allow" }),
      '1: images[0].expect: "allow": write allowed, denied or undecided',
    ],
    [
      "a truth value for a decision",
      rowOf({ expect: true }),
      "1: images[0].expect: a text is expected, not boolean",
    ],
    [
      "a code in small letters",
      rowOf({ code: "missing" }),
      '1: images[0].code: "missing": there is no such code; write one of docs/reference/error-codes.md, as in SIGNATURE_MISSING',
    ],
    [
      "a code that there is not",
      rowOf({ code: "NOPE" }),
      '1: images[0].code: "NOPE": there is no such code; write one of docs/reference/error-codes.md, as in SIGNATURE_MISSING',
    ],
    [
      "a code with a slip",
      rowOf({ code: "SIGNATURE_MISING" }),
      '1: images[0].code: "SIGNATURE_MISING": there is no such code; write SIGNATURE_MISSING',
    ],
    [
      "a name inherited from Object",
      rowOf({ code: "constructor" }),
      '1: images[0].code: "constructor": there is no such code; write one of docs/reference/error-codes.md, as in SIGNATURE_MISSING',
    ],
    [
      "a code that comes with another decision",
      rowOf({ expect: "denied", code: "REGISTRY_DENIED" }),
      "1: images[0].code: REGISTRY_DENIED is the code of what is undecided: expect undecided, or another code",
    ],
    [
      "a code of what is allowed",
      rowOf({ expect: "allowed" }),
      "1: images[0]: an allowed image has neither code nor message: leave them out, or expect: denied",
    ],
    [
      "a namespace that is none",
      rowOf({ namespace: "../x" }),
      '1: images[0].namespace: "../x": "../x" is not the name of a namespace: at most 63 characters a-z, 0-9 and "-", beginning and ending with a letter or digit',
    ],
    [
      "an empty namespace",
      rowOf({ namespace: "" }),
      '1: images[0].namespace: "": leave it out where there is none',
    ],
    [
      "half a platform",
      rowOf({ platform: "amd64" }),
      '1: images[0].platform: "amd64": write os/arch or os/arch/variant, as in linux/arm64/v8',
    ],
    [
      "a day without a time",
      rowOf({ at: "2026-11-01" }),
      '1: images[0].at: "2026-11-01": write now, evidence or a time, as in 2026-11-01T00:00:00Z',
    ],
    [
      "30 February",
      rowOf({ at: "2026-02-30T00:00:00Z" }),
      '1: images[0].at: "2026-02-30T00:00:00Z": write now, evidence or a time, as in 2026-11-01T00:00:00Z',
    ],
    ["an empty path", table({ policy: "" }), '1: policy: "": a path is expected'],
    [
      "a directory of keys that is not absolute",
      table({ trustFiles: { keys: "keys" } }),
      '1: trustFiles.keys: "keys": write the directory as the policy does: an absolute path',
    ],
  ];
  for (const [why, yaml, fault] of rows) {
    it(why, () => assert.equal(faultsOf(yaml), `not a valid table:\n  repo/images.yaml:${fault}`));
  }

  it("all faults together", () => {
    const yaml = "policy: 1\nimages:\n  - image: x\n    expect: no\n  - expect: allowed\n";
    assert.deepEqual(faultsOf(yaml).split("\n").slice(1), [
      "  repo/images.yaml:1: policy: a text is expected, not number",
      '  repo/images.yaml:4: images[0].expect: "no": write allowed, denied or undecided',
      "  repo/images.yaml:5: images[1]: image is missing",
    ]);
  });

  it("faults without end, in bounded words", () =>
    assert.equal(faultsOf(`images:\n${"  - {}\n".repeat(1000)}`).split("\n").length, 101));

  it("more images than are asked", () =>
    assert.match(
      faultsOf(`images:\n${"  - {image: x, expect: denied}\n".repeat(10_001)}`),
      /at most 10000 images/,
    ));
});

describe("parseTestTable refuses a table with", () => {
  for (const { why, text } of brokenMembers(whole)) it(why, () => void faultsOf(text));
});

describe("parseTestTable refuses a row with", () => {
  for (const { why, text } of brokenMembers(wholeRow)) it(why, () => void faultsOf(`{"images": [${text}]}`));
});

it("parseTestTable takes a table or says what is wrong, whatever JSON it is given", () =>
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.json({ maxDepth: 2 }), (json, at) => {
      for (const text of [json, `{"images":[${json}]}`, `{"images":[{"image":${json},"at":${at}}]}`]) {
        assert.throws(() => parse(text), { code: "CONFIG_INVALID" });
      }
    }),
  ));
