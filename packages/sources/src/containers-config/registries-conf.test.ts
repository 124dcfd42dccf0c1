import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import fc from "fast-check";
import { parse } from "smol-toml";
import { mergeRegistriesFiles, type RegistriesFile, readRegistriesFile } from "./registries-conf.ts";

const read = (toml: string): RegistriesFile => readRegistriesFile(parse(toml));

describe("readRegistriesFile reads", () => {
  it("a registry by its location alone", () =>
    assert.deepEqual(read('[[registry]]\nlocation = "h.example/"').registries, [
      {
        prefix: "h.example",
        blocked: false,
        endpoints: [{ location: "h.example", insecure: false, serves: "all" }],
      },
    ]));

  it("everything a registry may say", () => {
    const toml = `
      credential-helpers = ["containers-auth.json", "vault"]
      unqualified-search-registries = ["docker.io"]
      [[registry]]
      prefix = "*.example"
      location = "h.example/sub"
      insecure = true
      blocked = true
      [[registry.mirror]]
      location = "m1:5000"
      insecure = true
      [[registry.mirror]]
      location = "m2"
      pull-from-mirror = "digest-only"
      [[registry.mirror]]
      location = "m3"
      pull-from-mirror = "tag-only"`;
    assert.deepEqual(read(toml), {
      registries: [
        {
          prefix: "*.example",
          blocked: true,
          endpoints: [
            { location: "m1:5000", insecure: true, serves: "all" },
            { location: "m2", insecure: false, serves: "digests" },
            { location: "m3", insecure: false, serves: "tags" },
            { location: "h.example/sub", insecure: true, serves: "all" },
          ],
        },
      ],
      credentialHelpers: ["containers-auth.json", "vault"],
    });
  });

  it("mirror-by-digest-only for all mirrors", () => {
    const [entry] = read(`[[registry]]
      location = "h"
      mirror-by-digest-only = true
      [[registry.mirror]]
      location = "m"`).registries;
    assert.deepEqual(
      entry?.endpoints.map(({ serves }) => serves),
      ["digests", "all"],
    );
  });

  it("keys in another case", () => assert.equal(read('[[Registry]]\nLOCATION = "h"').registries.length, 1));
  it("past unknown keys", () => assert.deepEqual(read('x = 1\n[aliases]\n"a" = "b"').registries, []));
  it("the first of two entries with one prefix", () => {
    const toml = '[[registry]]\nprefix = "p"\nlocation = "one"\n[[registry]]\nprefix = "p"\nlocation = "two"';
    assert.deepEqual(
      read(toml).registries.map(({ endpoints }) => endpoints[0]?.location),
      ["one"],
    );
  });
});

describe("readRegistriesFile refuses", () => {
  const entry = (...lines: string[]): string => ["[[registry]]", ...lines].join("\n");
  const mirror = (...lines: string[]): string => ["[[registry.mirror]]", ...lines].join("\n");
  const rows: readonly (readonly [why: string, toml: string, message: string])[] = [
    ["format 1", "[registries.search]\nregistries = []", "registries.conf must be in v2 format but is in v1"],
    [
      "an entry about nothing",
      entry("insecure = true"),
      "invalid condition: both location and prefix are unset",
    ],
    [
      "a prefix that leads nowhere",
      entry('prefix = "h"'),
      "invalid condition: location is unset and prefix is not in the format: *.example.com",
    ],
    [
      "a wildcard with a path",
      entry('prefix = "*.h/a"'),
      'Wildcarded prefix should be in the format: *.example.com. Current prefix "*.h/a" is incorrectly formatted',
    ],
    [
      "a location with a scheme",
      entry('location = "https://h"'),
      "invalid location 'https://h': URI schemes are not supported",
    ],
    [
      "one place once insecure",
      `${entry('location = "h"', "insecure = true")}\n${entry('prefix = "p"', 'location = "h"')}`,
      "registry 'h' is defined multiple times with conflicting 'insecure' setting",
    ],
    [
      "one place once blocked",
      `${entry('location = "h"')}\n${entry('prefix = "p"', 'location = "h"', "blocked = true")}`,
      "registry 'h' is defined multiple times with conflicting 'blocked' setting",
    ],
    [
      "a registry as its own mirror",
      entry('location = "h"', 'pull-from-mirror = "all"'),
      'pull-from-mirror must not be set for a non-mirror registry "h"',
    ],
    [
      "a mirror nowhere",
      `${entry('location = "h"')}\n${mirror("insecure = true")}`,
      "invalid condition: mirror location is unset",
    ],
    [
      "a mirror for an unknown use",
      `${entry('location = "h"')}\n${mirror('location = "m"', 'pull-from-mirror = "no"')}`,
      'unsupported pull-from-mirror value "no" for mirror "m"',
    ],
    [
      "two ways to restrict a mirror",
      `${entry('location = "h"', "mirror-by-digest-only = true")}\n${mirror('location = "m"', 'pull-from-mirror = "all"')}`,
      'cannot set mirror usage mirror-by-digest-only for the registry ("h") and pull-from-mirror for per-mirror ("m") at the same time',
    ],
    [
      "a string for a boolean",
      entry('location = "h"', 'insecure = "no"'),
      'key "insecure": true or false expected, not a string',
    ],
    ["a number for a string", entry("location = 1"), 'key "location": a string expected, not a number'],
    [
      "a table for tables",
      '[registry]\nlocation = "h"',
      'key "registry": tables, written [[registry]] expected, not a table',
    ],
    [
      "numbers for tables",
      "registry = [1]",
      'key "registry": tables, written [[registry]] expected, not a number',
    ],
    [
      "a string for strings",
      'credential-helpers = "x"',
      'key "credential-helpers": an array of strings expected, not a string',
    ],
    [
      "numbers for strings",
      "credential-helpers = [1]",
      'key "credential-helpers": an array of strings expected, not a number',
    ],
  ];
  for (const [why, toml, message] of rows) {
    it(why, () => assert.throws(() => read(toml), { code: "CONFIG_INVALID", message }));
  }

  it("or reads whatever table it gets", () =>
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom("registry", "registries", "credential-helpers", "Registry", "__proto__"),
          fc.oneof(
            fc.anything(),
            fc.array(
              fc.dictionary(fc.constantFrom("location", "prefix", "mirror", "insecure"), fc.anything()),
            ),
          ),
        ),
        (table) => {
          try {
            readRegistriesFile(table);
          } catch (error) {
            assert.equal(CountersignError.from(error).code, "CONFIG_INVALID");
          }
        },
      ),
    ));
});

describe("mergeRegistriesFiles", () => {
  it("lets later files replace entries of the same prefix whole", () => {
    const merged = mergeRegistriesFiles([
      read('[[registry]]\nprefix = "p"\nlocation = "one"\ninsecure = true\n[[registry]]\nlocation = "q"'),
      read('[[registry]]\nprefix = "p"\nlocation = "two"'),
    ]);
    assert.deepEqual(
      merged.registries.map(({ prefix, endpoints }) => [
        prefix,
        endpoints[0]?.location,
        endpoints[0]?.insecure,
      ]),
      [
        ["p", "two", false],
        ["q", "q", false],
      ],
    );
  });
  it("takes the last list of helpers", () =>
    assert.deepEqual(
      mergeRegistriesFiles([read('credential-helpers = ["a"]'), read('credential-helpers = ["b"]'), read("")])
        .credentialHelpers,
      ["b"],
    ));
  it("looks into the auth files when no helper is named", () =>
    assert.deepEqual(mergeRegistriesFiles([read("credential-helpers = []")]).credentialHelpers, [
      "containers-auth.json",
    ]));
});
