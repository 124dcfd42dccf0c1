import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { formatReference } from "@countersign/engine/values/image-reference";
import fc from "fast-check";
import { readShortNameAliases } from "./short-name-aliases.ts";

const digest = `sha256:${"a".repeat(64)}`;
const target = (value: string): string | undefined => {
  const alias = readShortNameAliases(new Map([["name", value]]), "/a.conf").get("name")?.target;
  return alias && formatReference(alias);
};

describe("readShortNameAliases understands", () => {
  const rows: readonly (readonly [value: string, target: string | undefined])[] = [
    ["docker.io/library/fedora", "docker.io/library/fedora"],
    ["docker.io/fedora", "docker.io/library/fedora"],
    ["index.docker.io/fedora", "docker.io/library/fedora"],
    ["localhost/fedora", "localhost/fedora"],
    ["localhost:5000/team/fedora", "localhost:5000/team/fedora"],
    ["Registry.Example/fedora", "Registry.Example/fedora"],
    ["", undefined],
  ];
  for (const [value, expected] of rows)
    it(JSON.stringify(value), () => assert.equal(target(value), expected));

  for (const name of [
    "fedora",
    "library/fedora",
    "a/b/c",
    "1234567489",
    "a_b.c/d",
    "a".repeat(64),
    "quay.io",
  ]) {
    it(`the short name ${JSON.stringify(name)}`, () =>
      assert.deepEqual(
        [...readShortNameAliases(new Map([[name, ""]]), "/a.conf")],
        [[name, { target: undefined, origin: "/a.conf" }]],
      ));
  }
});

describe("readShortNameAliases refuses", () => {
  const values: readonly (readonly [why: string, value: string, message: string])[] = [
    ["a tag", "r.example/a:v1", 'invalid alias "r.example/a:v1": must not contain tag'],
    ["a digest", `r.example/a@${digest}`, `invalid alias "r.example/a@${digest}": must not contain digest`],
    [
      "a tag and a digest",
      `r.example/a:v1@${digest}`,
      `invalid alias "r.example/a:v1@${digest}": must not contain digest`,
    ],
    ["no registry", "fedora", 'invalid alias "fedora": must contain registry and repository'],
    [
      "no registry but a path",
      "library/fedora",
      'invalid alias "library/fedora": must contain registry and repository',
    ],
    ["a registry alone", "quay.io", 'invalid alias "quay.io": must contain registry and repository'],
    ["a host that cannot be one", "a_b.c/d", 'invalid alias "a_b.c/d": must contain registry and repository'],
    ["nonsense", "$$4455%%", 'parsing alias "$$4455%%": invalid reference format'],
    ["a transport", "docker://r.example/a", 'parsing alias "docker://r.example/a": invalid reference format'],
    ["blanks", " ", 'parsing alias " ": invalid reference format'],
    ["capitals", "r.example/A", 'parsing alias "r.example/A": repository name must be lowercase'],
    [
      "a digest of another length",
      "r.example/a@sha256:0123456789abcdef0123456789abcdef",
      'parsing alias "r.example/a@sha256:0123456789abcdef0123456789abcdef": invalid checksum digest length',
    ],
    [
      "more than a name may have",
      `r.example/${"a".repeat(250)}`,
      `parsing alias "r.example/${"a".repeat(250)}": repository name must not be more than 255 characters`,
    ],
    [
      "more than a name may have once it is complete",
      `docker.io/${"a".repeat(245)}`,
      "repository name must not be more than 255 characters",
    ],
  ];
  for (const [why, value, message] of values) {
    it(`as a target: ${why}`, () => assert.throws(() => target(value), { code: "CONFIG_INVALID", message }));
  }

  const names: readonly (readonly [why: string, name: string, message: string])[] = [
    ["a tag", "fedora:v1", 'invalid short name "fedora:v1": must not contain tag'],
    ["a digest", `fedora@${digest}`, `invalid short name "fedora@${digest}": must not contain digest`],
    ["a registry", "r.example/a", 'invalid short name "r.example/a": must not contain registry'],
    ["localhost", "localhost/a", 'invalid short name "localhost/a": must not contain registry'],
    ["a port", "host:5000/a", 'invalid short name "host:5000/a": must not contain registry'],
    ["nothing", "", 'cannot parse short name: "": repository name must have at least one component'],
    ["nonsense", "$$", 'cannot parse short name: "$$": invalid reference format'],
    ["capitals", "Fedora", 'cannot parse short name: "Fedora": repository name must be lowercase'],
  ];
  for (const [why, name, message] of names) {
    it(`as a name: ${why}`, () =>
      assert.throws(() => readShortNameAliases(new Map([[name, "r.example/a"]]), "/a.conf"), {
        code: "CONFIG_INVALID",
        message,
      }));
  }

  it("everything that is wrong, each on a line", () =>
    assert.throws(
      () =>
        readShortNameAliases(
          new Map([
            ["a:b", "c"],
            ["d", "e"],
          ]),
          "/a.conf",
        ),
      {
        message: [
          'invalid short name "a:b": must not contain tag',
          'invalid alias "c": must contain registry and repository',
          'invalid alias "e": must contain registry and repository',
        ].join("\n"),
      },
    ));

  it("or gives names with a registry, without tag and digest, whatever the text", () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "B", ".", "/", ":", "@", "-", "_", "localhost", digest)),
        (parts) => {
          try {
            const [alias] = readShortNameAliases(new Map([["a", parts.join("")]]), "").values();
            const found = alias?.target;
            assert.ok(found === undefined || (found.domain !== "" && !found.tag && !found.digest));
          } catch (error) {
            assert.equal(CountersignError.from(error).code, "CONFIG_INVALID");
          }
        },
      ),
    ));
});
