import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatReference, parseImageReference } from "@countersign/engine/values/image-reference";
import { parse } from "smol-toml";
import { findRegistry, pullSources } from "./pull-sources.ts";
import { mergeRegistriesFiles, type RegistriesConf, readRegistriesFile } from "./registries-conf.ts";

const conf = (toml: string): RegistriesConf => mergeRegistriesFiles([readRegistriesFile(parse(toml))]);
const entry = (...lines: string[]): string => ["[[registry]]", ...lines].join("\n");
const digest = `sha256:${"a".repeat(64)}`;

describe("findRegistry", () => {
  const rows: readonly (readonly [
    what: string,
    prefixes: readonly string[],
    name: string,
    expected: string | undefined,
  ])[] = [
    ["matches a host", ["h.example"], "h.example/a", "h.example"],
    ["matches a whole repository", ["h.example/a"], "h.example/a", "h.example/a"],
    [
      "prefers the longest prefix",
      ["h.example", "h.example/a", "h.example/a/b"],
      "h.example/a/c",
      "h.example/a",
    ],
    ["does not match half a name", ["h.example/a"], "h.example/ab", undefined],
    ["does not match half a host", ["h.example"], "h.example.evil/a", undefined],
    ["matches host:port by the host, as the reference does", ["h.example"], "h.example:5000/a", "h.example"],
    ["matches a wildcard at any depth", ["*.example"], "a.b.example/x", "*.example"],
    ["matches a wildcard with a port", ["*.example"], "a.example:5000/x", "*.example"],
    ["does not match a wildcard with the bare host", ["*.h.example"], "h.example/a", undefined],
    ["does not match a wildcard in the path", ["*.example"], "h/a.example/x", undefined],
    [
      "prefers the host over a wildcard only when it is longer",
      ["*.a.example", "b.a.example"],
      "b.a.example/x",
      "*.a.example",
    ],
  ];
  for (const [what, prefixes, name, expected] of rows) {
    it(what, () => {
      const toml = prefixes
        .map((prefix) => entry(`prefix = "${prefix}"`, 'location = "l.example"'))
        .join("\n");
      assert.equal(findRegistry(conf(toml), name)?.prefix, expected);
    });
  }
});

describe("pullSources", () => {
  const rows: readonly (readonly [what: string, toml: string, image: string, expected: readonly string[]])[] =
    [
      ["is the image as named without an entry", "", "h.example/a:v1", ["h.example/a:v1"]],
      [
        "keeps a name that is its own location",
        entry('location = "h.example"', "insecure = true"),
        "h.example/a:v1",
        ["h.example/a:v1 insecure"],
      ],
      [
        "puts the location in the prefix's place",
        entry('prefix = "h.example/sub"', 'location = "l:5000/other"'),
        "h.example/sub/a:v1",
        ["l:5000/other/a:v1"],
      ],
      [
        "keeps the digest",
        entry('prefix = "h.example"', 'location = "l:5000"'),
        `h.example/a@${digest}`,
        [`l:5000/a@${digest}`],
      ],
      [
        "rewrites Docker Hub",
        entry('prefix = "docker.io"', 'location = "l:5000/hub"'),
        "busybox",
        ["l:5000/hub/library/busybox:latest"],
      ],
      [
        "rewrites one repository",
        entry('prefix = "h.example/a"', 'location = "l:5000/b"'),
        "h.example/a:v1",
        ["l:5000/b:v1"],
      ],
      [
        "leaves a wildcard's names alone",
        entry('prefix = "*.example"', "insecure = true"),
        "h.example/a:v1",
        ["h.example/a:v1 insecure"],
      ],
      [
        "rewrites a wildcard's host",
        entry('prefix = "*.example"', 'location = "l:5000"'),
        "h.example/a:v1",
        ["l:5000/a:v1"],
      ],
      [
        "tries mirrors first, the registry last",
        `${entry('location = "h.example"')}\n[[registry.mirror]]\nlocation = "m1:1"\ninsecure = true\n[[registry.mirror]]\nlocation = "m2:2/x"`,
        "h.example/a:v1",
        ["m1:1/a:v1 insecure", "m2:2/x/a:v1", "h.example/a:v1"],
      ],
      [
        "asks a mirror of digests for no tag",
        `${entry('location = "h.example"')}\n[[registry.mirror]]\nlocation = "m1:1"\npull-from-mirror = "digest-only"`,
        "h.example/a:v1",
        ["h.example/a:v1"],
      ],
      [
        "asks a mirror of tags for no digest",
        `${entry('location = "h.example"')}\n[[registry.mirror]]\nlocation = "m1:1"\npull-from-mirror = "tag-only"`,
        `h.example/a@${digest}`,
        [`h.example/a@${digest}`],
      ],
    ];
  for (const [what, toml, image, expected] of rows) {
    it(what, () => {
      const found = pullSources(conf(toml), parseImageReference(image));
      assert.deepEqual(
        found.map(({ physical, insecure }) => formatReference(physical) + (insecure ? " insecure" : "")),
        expected,
      );
    });
  }
});

describe("pullSources refuses", () => {
  const rows: readonly (readonly [why: string, toml: string, image: string, message: string])[] = [
    [
      "a location that makes no name",
      entry('prefix = "h.example"', 'location = "l:5000/UPPER"'),
      "h.example/a",
      "rewriting reference: invalid reference format: repository name must be lowercase",
    ],
    [
      "a location that is no host",
      entry('prefix = "h.example"', 'location = "short"'),
      "h.example/a",
      "rewriting reference: repository name must be canonical",
    ],
    [
      "the port that the prefix's quirk leaves over",
      entry('prefix = "h.example"', 'location = "l.example/x"'),
      "h.example:5000/a",
      "rewriting reference: invalid reference format",
    ],
  ];
  for (const [why, toml, image, message] of rows) {
    it(why, () =>
      assert.throws(() => pullSources(conf(toml), parseImageReference(image)), {
        code: "CONFIG_INVALID",
        message,
      }),
    );
  }
});
