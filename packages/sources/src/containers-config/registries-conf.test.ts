import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseToml } from "./parse-toml.ts";
import { mergeRegistriesFiles, type RegistriesConf } from "./registries-conf.ts";
import { readRegistriesFile } from "./registries-file.ts";

/** Each text is a file, `/0.conf` the first. */
const merge = (...texts: readonly string[]): RegistriesConf =>
  mergeRegistriesFiles(texts.map((text, index) => readRegistriesFile(parseToml(text), `/${index}.conf`)));

describe("mergeRegistriesFiles", () => {
  it("lets later files replace entries of the same prefix whole", () => {
    const { registries } = merge(
      `[[registry]]
      prefix = "p"
      location = "one"
      insecure = true
      blocked = true
      [[registry.mirror]]
      location = "m"
      [[registry]]
      location = "q"`,
      '[[registry]]\nprefix = "p"\nlocation = "two"',
    );
    assert.deepEqual(registries, [
      { prefix: "p", blocked: false, endpoints: [{ location: "two", insecure: false, serves: "all" }] },
      { prefix: "q", blocked: false, endpoints: [{ location: "q", insecure: false, serves: "all" }] },
    ]);
  });

  it("sees no contradiction between files", () => {
    const [first, second] = merge(
      '[[registry]]\nlocation = "h"',
      '[[registry]]\nprefix = "p"\nlocation = "h"\nblocked = true',
    ).registries;
    assert.deepEqual([first?.blocked, second?.blocked], [false, true]);
  });

  const helpers: readonly (readonly [what: string, texts: readonly string[], expected: readonly string[]])[] =
    [
      [
        "takes the last list of helpers",
        ['credential-helpers = ["a"]', 'credential-helpers = ["b"]', ""],
        ["b"],
      ],
      ["looks into the auth files when no file names a helper", [""], ["containers-auth.json"]],
      [
        "looks into the auth files when the last list of helpers is empty",
        ['credential-helpers = ["a"]', "credential-helpers = []"],
        ["containers-auth.json"],
      ],
    ];
  for (const [what, texts, expected] of helpers) {
    it(what, () => assert.deepEqual(merge(...texts).credentialHelpers, expected));
  }

  const searches: readonly (readonly [
    what: string,
    texts: readonly string[],
    expected: RegistriesConf["shortNames"]["search"],
  ])[] = [
    ["knows no search registries where no file says any", ["", ""], undefined],
    [
      "takes the last list of search registries, and says whose it is",
      ['unqualified-search-registries = ["a"]', 'unqualified-search-registries = ["b", "c"]', ""],
      { hosts: ["b", "c"], origin: "/1.conf" },
    ],
    [
      "lets an empty list take them back",
      ['unqualified-search-registries = ["a"]', "unqualified-search-registries = []"],
      { hosts: [], origin: "/1.conf" },
    ],
  ];
  for (const [what, texts, expected] of searches) {
    it(what, () => assert.deepEqual(merge(...texts).shortNames.search, expected));
  }

  const modes: readonly (readonly [what: string, texts: readonly string[], expected: string])[] = [
    ["is permissive where nothing else is said", ["", 'short-name-mode = ""'], "permissive"],
    [
      "takes the last mode",
      ['short-name-mode = "enforcing"', 'short-name-mode = "disabled"', ""],
      "disabled",
    ],
  ];
  for (const [what, texts, expected] of modes) {
    it(what, () => assert.equal(merge(...texts).shortNames.mode, expected));
  }

  it("lets later files replace single aliases", () => {
    const { aliases } = merge(
      '[aliases]\na = "r.example/one"\nb = "r.example/b"\nc = "r.example/c"',
      '[aliases]\na = "r.example/two"\nb = ""',
    ).shortNames;
    assert.deepEqual(
      [...aliases].map(([name, { target, origin }]) => [name, target?.path, origin]),
      [
        ["a", "two", "/1.conf"],
        ["b", undefined, "/1.conf"],
        ["c", "c", "/0.conf"],
      ],
    );
  });
});
