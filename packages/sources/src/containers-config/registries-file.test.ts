import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import fc from "fast-check";
import { parseToml } from "./parse-toml.ts";
import type { RegistriesFile } from "./registries-conf.ts";
import { readRegistriesFile } from "./registries-file.ts";

const read = (toml: string): RegistriesFile => readRegistriesFile(parseToml(toml), "/etc/r.conf");
const entry = (...lines: string[]): string => ["[[registry]]", ...lines, ""].join("\n");
const mirror = (...lines: string[]): string => ["[[registry.mirror]]", ...lines, ""].join("\n");

describe("readRegistriesFile reads", () => {
  it("a registry by its location alone", () =>
    assert.deepEqual(read(entry('location = "h.example/"')).registries, [
      {
        prefix: "h.example",
        blocked: false,
        endpoints: [{ location: "h.example", insecure: false, serves: "all" }],
      },
    ]));

  it("everything a file may say", () => {
    const toml = `
      credential-helpers = ["containers-auth.json", "vault"]
      unqualified-search-registries = ["docker.io", "r.example:5000/"]
      short-name-mode = "disabled"
      additional-layer-store-auth-helper = "helper"
      [aliases]
      "team/app" = "r.example/team/app"
      app = ""
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
      pull-from-mirror = "tag-only"
      [[registry.mirror]]
      location = "m4"
      pull-from-mirror = "all"`;
    const target = { domain: "r.example", path: "team/app", tag: undefined, digest: undefined };
    assert.deepEqual(read(toml), {
      registries: [
        {
          prefix: "*.example",
          blocked: true,
          endpoints: [
            { location: "m1:5000", insecure: true, serves: "all" },
            { location: "m2", insecure: false, serves: "digests" },
            { location: "m3", insecure: false, serves: "tags" },
            { location: "m4", insecure: false, serves: "all" },
            { location: "h.example/sub", insecure: true, serves: "all" },
          ],
        },
      ],
      credentialHelpers: ["containers-auth.json", "vault"],
      mode: "disabled",
      aliases: new Map([
        ["team/app", { target, origin: "/etc/r.conf" }],
        ["app", { target: undefined, origin: "/etc/r.conf" }],
      ]),
      search: { hosts: ["docker.io", "r.example:5000"], origin: "/etc/r.conf" },
    });
  });

  it("nothing out of nothing", () =>
    assert.deepEqual(read(""), {
      registries: [],
      credentialHelpers: undefined,
      mode: undefined,
      aliases: new Map(),
      search: undefined,
    }));

  it("empty lists, which take back what other files say", () => {
    const { credentialHelpers, search } = read("credential-helpers = []\nunqualified-search-registries = []");
    assert.deepEqual([credentialHelpers, search], [[], { hosts: [], origin: "/etc/r.conf" }]);
  });

  it("mirror-by-digest-only for all mirrors", () => {
    const toml = entry('location = "h"', "mirror-by-digest-only = true") + mirror('location = "m"');
    assert.deepEqual(
      read(toml).registries[0]?.endpoints.map(({ serves }) => serves),
      ["digests", "all"],
    );
  });

  for (const toml of ["aliases = []", "aliases = 1", "[[aliases]]\na = 1"]) {
    it(`no aliases out of ${JSON.stringify(toml)}, as the reference does`, () =>
      assert.equal(read(toml).aliases.size, 0));
  }

  it("the first of two entries with one prefix", () => {
    const toml = entry('prefix = "p"', 'location = "one"') + entry('prefix = "p"', 'location = "two"');
    assert.deepEqual(
      read(toml).registries.map(({ endpoints }) => endpoints[0]?.location),
      ["one"],
    );
  });

  const asPlainly: readonly (readonly [what: string, toml: string])[] = [
    ["keys in another case", '[[Registry]]\nLOCATION = "h"'],
    ["keys in a case that only Unicode knows", '[["regiſtry"]]\nlocation = "h"'],
    ["past unknown keys", `x = 1\n${entry('location = "h"', "y = {z = 1.5}")}[other]\na = [1]`],
    ["an array of inline tables", 'registry = [{location = "h"}]'],
    ["dotted keys", '[[registry]]\n"location" = "h"\nfoo.bar = 1'],
    ["slashes at a location's end", entry('location = "h//"')],
  ];
  for (const [what, toml] of asPlainly) {
    it(what, () => assert.deepEqual(read(toml).registries, read(entry('location = "h"')).registries));
  }
});

/** Of several faults in one file the reference's order decides which is told. */
describe("readRegistriesFile refuses", () => {
  const rows: readonly (readonly [why: string, toml: string, message: string])[] = [
    ["format 1", "[registries.search]\nregistries = []", "registries.conf must be in v2 format but is in v1"],
    [
      "format 1 beside format 2, before anything else",
      `[registries.block]\nregistries = ["h"]\n${entry()}`,
      "registries.conf must be in v2 format but is in v1",
    ],
    [
      "an entry about nothing",
      entry("insecure = true"),
      "invalid condition: both location and prefix are unset",
    ],
    [
      "an entry whose location is only slashes",
      entry('location = "//"'),
      "invalid condition: both location and prefix are unset",
    ],
    [
      "a prefix that leads nowhere",
      entry('prefix = "h"'),
      "invalid condition: location is unset and prefix is not in the format: *.example.com",
    ],
    [
      "a prefix that is only a slash, and leads nowhere",
      entry('prefix = "/"'),
      "invalid condition: location is unset and prefix is not in the format: *.example.com",
    ],
    ...["*.h/a", "*.h:5000", "*.h@x"].map(
      (prefix) =>
        [
          `a wildcard that goes on: ${prefix}`,
          entry(`prefix = "${prefix}"`, 'location = "l"'),
          `Wildcarded prefix should be in the format: *.example.com. Current prefix "${prefix}" is incorrectly formatted`,
        ] as const,
    ),
    [
      "a wildcard that goes on, after a fault of a later entry",
      entry('prefix = "*.h/a"') + entry(),
      "invalid condition: both location and prefix are unset",
    ],
    [
      "a location with a scheme",
      entry('location = "https://h/"'),
      "invalid location 'https://h/': URI schemes are not supported",
    ],
    [
      "a prefix with a scheme",
      entry('prefix = "http://h"', 'location = "h"'),
      "invalid location 'http://h': URI schemes are not supported",
    ],
    [
      "a mirror with a scheme",
      entry('location = "h"') + mirror('location = "http://m"'),
      "invalid location 'http://m': URI schemes are not supported",
    ],
    [
      "one place once insecure",
      entry('location = "h"', "insecure = true") + entry('prefix = "p"', 'location = "h"'),
      "registry 'h' is defined multiple times with conflicting 'insecure' setting",
    ],
    [
      "one place once blocked",
      entry('location = "h"') + entry('prefix = "p"', 'location = "h"', "blocked = true"),
      "registry 'h' is defined multiple times with conflicting 'blocked' setting",
    ],
    [
      "one place once insecure and once blocked, by the entry that comes first",
      entry('location = "h"') +
        entry('location = "h"', "blocked = true") +
        entry('location = "h"', "insecure = true"),
      "registry 'h' is defined multiple times with conflicting 'blocked' setting",
    ],
    [
      "two contradicted places, by the one that is named first",
      entry('location = "a"') +
        entry('location = "b"') +
        entry('location = "b"', "blocked = true") +
        entry('location = "a"', "blocked = true"),
      "registry 'a' is defined multiple times with conflicting 'blocked' setting",
    ],
    [
      "one wildcard once blocked",
      entry('prefix = "*.h"') + entry('prefix = "*.h"', "blocked = true"),
      "registry '' is defined multiple times with conflicting 'blocked' setting",
    ],
    [
      "a registry as its own mirror",
      entry('location = "h"', 'pull-from-mirror = "all"'),
      'pull-from-mirror must not be set for a non-mirror registry "h"',
    ],
    [
      "a mirror nowhere",
      entry('location = "h"') + mirror("insecure = true"),
      "invalid condition: mirror location is unset",
    ],
    [
      "a mirror for an unknown use",
      entry('location = "h"') + mirror('location = "m"', 'pull-from-mirror = "All"'),
      'unsupported pull-from-mirror value "All" for mirror "m"',
    ],
    [
      "two ways to restrict a mirror",
      entry('location = "h"', "mirror-by-digest-only = true") +
        mirror('location = "m"', 'pull-from-mirror = "all"'),
      'cannot set mirror usage mirror-by-digest-only for the registry ("h") and pull-from-mirror for per-mirror ("m") at the same time',
    ],
    ...["", "a_b", "h/a", "h:", "-h", "h..i", "*.h", "[::1]"].map(
      (host) =>
        [
          `a search registry that is no host: ${JSON.stringify(host)}`,
          `unqualified-search-registries = ["docker.io", "${host}"]`,
          `Invalid unqualified-search-registries entry ${JSON.stringify(host)}`,
        ] as const,
    ),
    [
      "a search registry with a scheme",
      'unqualified-search-registries = ["https://h"]',
      "invalid location 'https://h': URI schemes are not supported",
    ],
    ["an unknown mode", 'short-name-mode = "Disabled"', 'invalid short-name mode: "Disabled"'],
    [
      "an alias of no registry",
      '[aliases]\na = "b"',
      'validating short-name aliases: invalid alias "b": must contain registry and repository',
    ],
  ];
  for (const [why, toml, message] of rows) {
    it(why, () => assert.throws(() => read(toml), { code: "CONFIG_INVALID", message }));
  }
});

describe("readRegistriesFile refuses a value of another type:", () => {
  const typed = (key: string, found: string, expected: string) =>
    `toml: (last key "${key}"): incompatible types: TOML value has type ${found}; destination has type ${expected}`;
  const rows: readonly (readonly [what: string, toml: string, message: string])[] = [
    ["text for a boolean", entry('insecure = "no"'), typed("registry.insecure", "string", "boolean")],
    ["a number for a boolean", entry("blocked = 0"), typed("registry.blocked", "int64", "boolean")],
    ["a number for text", entry("location = 1.5"), typed("registry.location", "float64", "string")],
    ["an array for text", entry("prefix = []"), typed("registry.prefix", "[]any", "string")],
    ["a table for tables", '[registry]\nlocation = "h"', typed("registry", "map[string]any", "slice")],
    ["a table for mirrors", entry("mirror = {}"), typed("registry.mirror", "map[string]any", "slice")],
    [
      "numbers for tables",
      "registry = [1]",
      'toml: (last key "registry"): type mismatch for sysregistriesv2.Registry: expected table but found int64',
    ],
    [
      "texts for mirrors",
      entry('mirror = ["m"]'),
      'toml: (last key "registry.mirror"): type mismatch for sysregistriesv2.Endpoint: expected table but found string',
    ],
    ["text for texts", 'credential-helpers = "x"', typed("credential-helpers", "string", "slice")],
    ["numbers for texts", "credential-helpers = [1]", typed("credential-helpers", "int64", "string")],
    [
      "arrays for texts",
      'unqualified-search-registries = [["docker.io"]]',
      typed("unqualified-search-registries", "[]any", "string"),
    ],
    [
      "an alias whose dots are not in quotes",
      '[aliases]\na.b = "r.example/x"',
      typed("aliases.a", "map[string]any", "string"),
    ],
    ["an alias that is a number", '[aliases]\n"a/b" = 1', typed('aliases.\\"a/b\\"', "int64", "string")],
    ["a mode that is none", "short-name-mode = true", typed("short-name-mode", "bool", "string")],
    [
      "a helper that is none",
      "additional-layer-store-auth-helper = {}",
      typed("additional-layer-store-auth-helper", "map[string]any", "string"),
    ],
    [
      "text for format 1",
      'registries = "x"',
      'toml: (last key "registries"): type mismatch for sysregistriesv2.V1TOMLConfig: expected table but found string',
    ],
    [
      "text in format 1",
      '[registries.insecure]\nregistries = "x"',
      typed("registries.insecure.registries", "string", "slice"),
    ],
    [
      "one key in two cases",
      entry("insecure = true", "Insecure = false"),
      'toml: (last key "registry.insecure"): "Insecure" says it again; a key counts in any case',
    ],
  ];
  for (const [what, toml, message] of rows) {
    it(what, () => assert.throws(() => read(toml), { code: "CONFIG_INVALID", message }));
  }
});

describe("readRegistriesFile", () => {
  it("reads or refuses whatever table it gets", () =>
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom("registry", "registries", "credential-helpers", "aliases", "Registry", "__proto__"),
          fc.oneof(
            fc.anything(),
            fc.array(
              fc.dictionary(fc.constantFrom("location", "prefix", "mirror", "insecure"), fc.anything()),
            ),
          ),
        ),
        (table) => {
          try {
            readRegistriesFile(table, "/r.conf");
          } catch (error) {
            assert.equal(CountersignError.from(error).code, "CONFIG_INVALID");
          }
        },
      ),
    ));
});
