import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brokenMembers } from "@countersign/testkit/broken-members";
import { parseNamedReference } from "../values/image-reference.ts";
import { parseJson } from "../values/strict-json.ts";
import { readIdentityMatch } from "./parse-identity-match.ts";

function readText(text: string) {
  const faults: string[] = [];
  const match = readIdentityMatch(parseJson(text), "id", (path, message) =>
    faults.push(`${path}: ${message}`),
  );
  return { match, faults };
}

const read = (match: object) => readText(JSON.stringify(match));

const valid = {
  matchExact: { type: "matchExact" },
  matchRepoDigestOrExact: { type: "matchRepoDigestOrExact" },
  matchRepository: { type: "matchRepository" },
  exactReference: { type: "exactReference", dockerReference: "busybox:latest" },
  exactRepository: { type: "exactRepository", dockerRepository: "busybox" },
  remapIdentity: { type: "remapIdentity", prefix: "mirror:5000/vendor", signedPrefix: "vendor.example" },
};

describe("a matcher is read:", () => {
  const reference = parseNamedReference("busybox:latest");
  const repository = parseNamedReference("busybox");
  const rows: ReadonlyArray<readonly [text: object, expected: object]> = [
    [valid.matchExact, { type: "matchExact" }],
    [valid.matchRepoDigestOrExact, { type: "matchRepoDigestOrExact" }],
    [valid.matchRepository, { type: "matchRepository" }],
    [valid.exactReference, { type: "exactReference", reference }],
    [valid.exactRepository, { type: "exactRepository", repository }],
    [valid.remapIdentity, valid.remapIdentity],
  ];
  for (const [text, expected] of rows) {
    it(JSON.stringify(text), () => assert.deepEqual(read(text), { match: expected, faults: [] }));
  }

  it("a repository with a tag or digest, which will not count", () => {
    assert.deepEqual(read({ ...valid.exactRepository, dockerRepository: "busybox:latest" }).faults, []);
  });

  for (const prefix of [
    "ex.com",
    "ex.com:5000",
    "ex.com/a",
    "ex.com:5000/a/b",
    "localhost",
    "busybox",
    "team/app",
    "EX.com/a",
  ]) {
    it(`the prefix ${prefix}`, () => {
      assert.deepEqual(read({ type: "remapIdentity", prefix, signedPrefix: prefix }).faults, []);
    });
  }
});

describe("a matcher is refused:", () => {
  for (const [name, match] of Object.entries(valid)) {
    for (const { why, text } of brokenMembers(match)) {
      it(`${name} with ${why}`, () => assert.notDeepEqual(readText(text).faults, []));
    }
    for (const missing of Object.keys(match).filter((member) => member !== "type")) {
      it(`${name} without ${missing}`, () => {
        const { faults } = read({ ...match, [missing]: undefined });
        assert.deepEqual(faults, [`id: Key "${missing}" missing in a JSON object`]);
      });
    }
  }

  const prm = "signature.prmCommon";
  const rows: ReadonlyArray<readonly [what: string, text: string | object, fault: string]> = [
    ["null", "null", `id: Unknown policy reference match type ""`],
    ["without a type", {}, `id: Unknown policy reference match type ""`],
    [
      "of an unknown type",
      { type: "matchAnything" },
      `id: Unknown policy reference match type "matchAnything"`,
    ],
    ["a text", `"matchExact"`, `id: json: cannot unmarshal string into Go value of type ${prm}`],
    ["a list", "[]", `id: json: cannot unmarshal array into Go value of type ${prm}`],
    [
      "whose type is an object",
      { type: {} },
      "id.type: json: cannot unmarshal object into Go struct field prmCommon.type of type signature.prmTypeIdentifier",
    ],
    [
      "for a reference that is none",
      { ...valid.exactReference, dockerReference: "Busybox:latest" },
      `id.dockerReference: Invalid format of dockerReference "Busybox:latest": invalid reference format: repository name must be lowercase`,
    ],
    [
      "for a null reference",
      { ...valid.exactReference, dockerReference: null },
      `id.dockerReference: Invalid format of dockerReference "": invalid reference format`,
    ],
    [
      "for a reference that is only a name",
      { ...valid.exactReference, dockerReference: "busybox" },
      `id.dockerReference: dockerReference "busybox" contains neither a tag nor digest`,
    ],
    [
      "for a repository that is none",
      { ...valid.exactRepository, dockerRepository: "a//b" },
      `id.dockerRepository: Invalid format of dockerRepository "a//b": invalid reference format`,
    ],
  ];
  for (const [what, text, fault] of rows) {
    it(what, () =>
      assert.deepEqual((typeof text === "string" ? readText(text) : read(text)).faults, [fault]),
    );
  }

  const prefixes = [
    "",
    "ex.com/",
    "ex.com/a/",
    "ex.com/A",
    "ex.com/a:tag",
    `ex.com/a@sha256:${"0".repeat(64)}`,
    "/a",
    "ex.com:x",
    "a_b",
    "*.ex.com",
  ];
  for (const prefix of prefixes) {
    it(`the prefix ${JSON.stringify(prefix)}, on either side`, () => {
      const message = `prefix ${JSON.stringify(prefix)} is not valid`;
      assert.deepEqual(read({ ...valid.remapIdentity, prefix }).faults, [`id.prefix: ${message}`]);
      assert.deepEqual(read({ ...valid.remapIdentity, signedPrefix: prefix }).faults, [
        `id.signedPrefix: ${message}`,
      ]);
    });
  }
});
