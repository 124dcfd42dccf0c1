import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatReference } from "@countersign/engine/values/image-reference";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { registriesConfLoader } from "./load-registries-conf.ts";
import { type ShortNameResolver, shortNameResolver } from "./load-short-names.ts";

const main = "etc/containers/registries.conf";
const search = 'unqualified-search-registries = ["s.example"]\n';
const alias = (name: string, target: string): string => `[aliases]\n"${name}" = "${target}"\n`;

function resolver({ environment }: TemporaryRoot): ShortNameResolver {
  return shortNameResolver(environment, registriesConfLoader(environment, undefined));
}

async function resolve(root: TemporaryRoot, name: string): Promise<readonly string[]> {
  const { candidates, source } = await resolver(root).resolve(name);
  const origin = source.type === "written" ? [] : [source.origin.replace(root.path, "")];
  return [...candidates.map(formatReference), ...origin];
}

describe("shortNameResolver", () => {
  it("finds aliases and search registries in every registries.conf", async () => {
    using root = temporaryRoot();
    root.write(main, search + alias("a", "r.example/a"));
    root.write("etc/containers/registries.conf.d/shortnames.conf", alias("b", "r.example/b"));
    assert.deepEqual(await resolve(root, "a"), ["r.example/a:latest", `/${main}`]);
    assert.deepEqual(await resolve(root, "b:v1"), [
      "r.example/b:v1",
      "/etc/containers/registries.conf.d/shortnames.conf",
    ]);
    assert.deepEqual(await resolve(root, "c"), ["s.example/c:latest", `/${main}`]);
  });

  const places: readonly (readonly [whose: string, root: () => TemporaryRoot, path: string])[] = [
    ["root's aliases in /var/cache", () => temporaryRoot(), "var/cache/containers/short-name-aliases.conf"],
    [
      "a user's aliases at home",
      () => temporaryRoot({}, 1000),
      "home/me/.cache/containers/short-name-aliases.conf",
    ],
  ];
  for (const [whose, make, path] of places) {
    it(`puts ${whose} before all others`, async () => {
      using root = make();
      root.write(main, search + alias("a", "r.example/a"));
      root.write(path, alias("a", "own.example/a"));
      assert.deepEqual(await resolve(root, "a"), ["own.example/a:latest", `/${path}`]);
    });
  }

  it("follows XDG_CACHE_HOME, except for root", async () => {
    using files = temporaryRoot();
    const path = files.write("containers/short-name-aliases.conf", alias("a", "own.example/a"));
    using user = temporaryRoot({ XDG_CACHE_HOME: files.path }, 1000);
    assert.deepEqual(await resolve(user, "a"), ["own.example/a:latest", path]);
    using admin = temporaryRoot({ XDG_CACHE_HOME: files.path });
    admin.write(main, search);
    assert.deepEqual(await resolve(admin, "a"), ["s.example/a:latest", `/${main}`]);
  });

  it("reads the user's aliases anew when they change", async () => {
    using root = temporaryRoot();
    root.write(main, search);
    const { resolve } = resolver(root);
    const now = async () => (await resolve("a")).candidates.map(({ domain }) => domain);
    assert.deepEqual(await now(), ["s.example"]);
    root.write("var/cache/containers/short-name-aliases.conf", alias("a", "own.example/a"));
    assert.deepEqual(await now(), ["own.example"]);
  });
});

describe("shortNameResolver and a broken file of the user's aliases", () => {
  const broken: readonly (readonly [what: string, text: string, message: RegExp])[] = [
    ["that is no TOML", "x", /toml: line 1, column 1: /],
    [
      "that names a tag",
      alias("a", "r.example/a:v1"),
      /invalid alias "r\.example\/a:v1": must not contain tag$/,
    ],
    [
      "that has a number",
      "[aliases]\na = 1",
      /toml: .*: incompatible types: TOML value has type int64; destination has type string$/,
    ],
  ];
  for (const [what, text, message] of broken) {
    it(`refuses one ${what}, for any short name`, async () => {
      using root = temporaryRoot();
      root.write(main, search);
      const path = root.write("var/cache/containers/short-name-aliases.conf", text);
      await assert.rejects(resolve(root, "other"), {
        code: "CONFIG_INVALID",
        message: new RegExp(`^loading short-name aliases config file "${path}": ${message.source}`),
      });
    });
  }

  it("refuses one that cannot be read", async () => {
    using root = temporaryRoot();
    root.write("var/cache/containers/short-name-aliases.conf/file", "");
    await assert.rejects(resolve(root, "a"), {
      code: "CONFIG_INVALID",
      message: /^loading short-name aliases config file ".*": read .*: is a directory$/,
    });
  });

  it("does not look at it for a name with its registry", async () => {
    using root = temporaryRoot();
    root.write("var/cache/containers/short-name-aliases.conf", "x");
    assert.deepEqual(await resolve(root, "r.example/a"), ["r.example/a:latest"]);
  });

  it("tells of a broken registries.conf whatever the name", async () => {
    using root = temporaryRoot();
    const path = root.write(main, 'short-name-mode = "x"');
    await assert.rejects(resolve(root, "r.example/a"), {
      code: "CONFIG_INVALID",
      message: `loading registries configuration "${path}": invalid short-name mode: "x"`,
    });
  });
});
