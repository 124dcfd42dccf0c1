import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { formatReference, parseNamedReference } from "@countersign/engine/values/image-reference";
import fc from "fast-check";
import type { ShortNameConf, ShortNameMode } from "./registries-conf.ts";
import { readShortNameAliases, type ShortNameAliases } from "./short-name-aliases.ts";
import { describeSource, isShortName, type NameSource, resolveShortName } from "./short-names.ts";

const digest = `@sha256:${"d366a466".repeat(8)}`;

const aliases = (pairs: Readonly<Record<string, string>>, origin: string): ShortNameAliases =>
  readShortNameAliases(new Map(Object.entries(pairs)), origin);

const conf = (
  hosts: readonly string[] | undefined,
  mode: ShortNameMode = "permissive",
  pairs: Readonly<Record<string, string>> = {},
): ShortNameConf => ({
  mode,
  aliases: aliases(pairs, "/etc/r.conf"),
  search: hosts && { hosts, origin: "/etc/s.conf" },
});

const nobodys: ShortNameAliases = new Map();

const resolve = (by: ShortNameConf, name: string, own = nobodys): readonly string[] =>
  resolveShortName(by, own, name).candidates.map(formatReference);

describe("isShortName", () => {
  const rows: readonly (readonly [name: string, expected: boolean])[] = [
    ["fedora", true],
    ["fedora:v1", true],
    ["library/fedora:v1", true],
    [`busybox:v1${digest}`, true],
    ["localhost", true],
    ["quay.io", true],
    ["host/a", true],
    ["Host/a", true],
    ["a_b.c/d", true],
    ["a".repeat(64), true],
    ["host:5000", true],
    ["quay.io/fedora", false],
    ["localhost/fedora", false],
    ["host:5000/fedora:v1", false],
    [`docker.io/library/busybox${digest}`, false],
  ];
  for (const [name, expected] of rows) {
    it(`says ${expected} of ${name}`, () => assert.equal(isShortName(name), expected));
  }
});

describe("resolveShortName finds", () => {
  const known = conf(undefined, "enforcing", {
    docker: "docker.io/library/foo",
    "quay/foo": "quay.io/library/foo",
    example: "example.com/library/foo",
    empty: "",
  });
  const two = conf(["quay.io", "registry.com"], "permissive", { "repo/image": "quay.io/repo/image" });
  const rows: readonly (readonly [
    what: string,
    by: ShortNameConf,
    name: string,
    candidates: readonly string[],
  ])[] = [
    ["an alias", known, "docker", ["docker.io/library/foo:latest"]],
    ["an alias, and keeps the tag", known, "docker:tag", ["docker.io/library/foo:tag"]],
    ["an alias, and keeps the digest", known, `docker${digest}`, [`docker.io/library/foo${digest}`]],
    ["an alias, and keeps both", known, `docker:tag${digest}`, [`docker.io/library/foo:tag${digest}`]],
    ["an alias of a name with a path", known, "quay/foo:tag", ["quay.io/library/foo:tag"]],
    ["a name with a registry as it is", known, "registry.com/repo/image", ["registry.com/repo/image:latest"]],
    ["a name with a registry and a tag as it is", known, "registry.com/a:tag", ["registry.com/a:tag"]],
    ["a name with a registry and a digest as it is", known, `localhost/a${digest}`, [`localhost/a${digest}`]],
    [
      "the full name of an image of docker.io",
      known,
      "docker.io/docker",
      ["docker.io/library/docker:latest"],
    ],
    ["each search registry's image", two, "foo", ["quay.io/foo:latest", "registry.com/foo:latest"]],
    [
      "each search registry's image with the tag",
      two,
      "foo:tag",
      ["quay.io/foo:tag", "registry.com/foo:tag"],
    ],
    [
      "each search registry's image with the digest",
      two,
      `repo/foo${digest}`,
      [`quay.io/repo/foo${digest}`, `registry.com/repo/foo${digest}`],
    ],
    [
      "each search registry's image with both",
      two,
      `foo:tag${digest}`,
      [`quay.io/foo:tag${digest}`, `registry.com/foo:tag${digest}`],
    ],
    ["an alias although there are search registries", two, "repo/image:tag", ["quay.io/repo/image:tag"]],
    [
      "no alias for a part of a name",
      two,
      "repo/image/more",
      ["quay.io/repo/image/more:latest", "registry.com/repo/image/more:latest"],
    ],
    ["an official image of docker.io", conf(["docker.io"]), "foo", ["docker.io/library/foo:latest"]],
    ["a user's image of docker.io", conf(["docker.io"]), "me/foo", ["docker.io/me/foo:latest"]],
    [
      "a host without a dot as a namespace of docker.io",
      conf(["quay"]),
      "foo",
      ["docker.io/quay/foo:latest"],
    ],
    ["what looks like an id", conf(["quay.io"]), "a".repeat(64), [`quay.io/${"a".repeat(64)}:latest`]],
    ["a path that looks like a host", conf(["quay.io"]), "a_b.c/d", ["quay.io/a_b.c/d:latest"]],
    [
      "the only search registry's image, enforced",
      conf(["quay.io"], "enforcing"),
      "foo",
      ["quay.io/foo:latest"],
    ],
    [
      "the images of all search registries, disabled",
      conf(["quay.io", "registry.com"], "disabled"),
      "foo",
      ["quay.io/foo:latest", "registry.com/foo:latest"],
    ],
    [
      "an alias, enforced",
      conf(["quay.io", "registry.com"], "enforcing", { foo: "localhost/foo" }),
      "foo",
      ["localhost/foo:latest"],
    ],
    [
      "the search registries behind an alias that was taken back",
      conf(["quay.io"], "permissive", { foo: "" }),
      "foo",
      ["quay.io/foo:latest"],
    ],
  ];
  for (const [what, by, name, candidates] of rows) {
    it(what, () => assert.deepEqual(resolve(by, name), candidates));
  }

  const own = aliases({ app: "mine.example/app", foo: "" }, "/cache/a.conf");
  const rivals = conf(["quay.io"], "permissive", { app: "theirs.example/app", foo: "theirs.example/foo" });
  it("the user's alias before registries.conf's", () =>
    assert.deepEqual(resolve(rivals, "app", own), ["mine.example/app:latest"]));
  it("the search registries when the user took an alias of registries.conf back", () =>
    assert.deepEqual(resolve(rivals, "foo", own), ["quay.io/foo:latest"]));
});

describe("resolveShortName says where a name came from:", () => {
  const by = conf(["quay.io"], "permissive", { a: "r.example/a" });
  const rows: readonly (readonly [name: string, source: NameSource])[] = [
    ["r.example/a", { type: "written" }],
    ["a:v1", { type: "alias", shortName: "a", origin: "/etc/r.conf" }],
    [`team/b:v1${digest}`, { type: "search", shortName: "team/b", origin: "/etc/s.conf" }],
  ];
  for (const [name, source] of rows) {
    it(name, () => assert.deepEqual(resolveShortName(by, nobodys, name).source, source));
  }
});

describe("resolveShortName refuses", () => {
  const rows: readonly (readonly [
    why: string,
    by: ShortNameConf,
    name: string,
    code: string,
    message: string,
  ])[] = [
    [
      "to choose between two when that is enforced",
      conf(["quay.io", "registry.com"], "enforcing"),
      "foo",
      "SHORT_NAME_UNRESOLVED",
      "short-name resolution enforced but cannot prompt without a TTY",
    ],
    [
      "a name that nothing is said of",
      conf(undefined),
      "foo:tag",
      "SHORT_NAME_UNRESOLVED",
      'short-name "foo:tag" did not resolve to an alias and no containers-registries.conf(5) was found',
    ],
    [
      "a name where there are no search registries any more",
      conf([]),
      "foo",
      "SHORT_NAME_UNRESOLVED",
      'short-name "foo" did not resolve to an alias and no unqualified-search registries are defined in "/etc/s.conf"',
    ],
    [
      "nothing",
      conf(["quay.io"]),
      "",
      "REFERENCE_INVALID",
      'cannot parse input: "": repository name must have at least one component',
    ],
    [
      "nonsense",
      conf(["quay.io"]),
      "Invalid#$",
      "REFERENCE_INVALID",
      'cannot parse input: "Invalid#$": invalid reference format',
    ],
    [
      "capitals",
      conf(["quay.io"]),
      "Fedora",
      "REFERENCE_INVALID",
      'cannot parse input: "Fedora": repository name must be lowercase',
    ],
    [
      "capitals in what looks like a host",
      conf(["quay.io"]),
      "Team/app",
      "REFERENCE_INVALID",
      'creating reference with unqualified-search registry "quay.io": invalid reference format: repository name must be lowercase',
    ],
    [
      "a name that is too long once its registry is there",
      conf(["quay.io"]),
      "a".repeat(250),
      "REFERENCE_INVALID",
      'creating reference with unqualified-search registry "quay.io": repository name must not be more than 255 characters',
    ],
  ];
  for (const [why, by, name, code, message] of rows) {
    it(why, () => assert.throws(() => resolve(by, name), { code, message }));
  }
});

describe("resolveShortName", () => {
  const part = fc.constantFrom("a", "b1", "library", "localhost", "quay.io", "host:5000", "A", "a_b.c");
  const suffix = fc.constantFrom("", ":v1", digest, `:v1${digest}`, ":", "@");
  const name = fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), suffix)
    .map(([parts, end]) => parts.join("/") + end);
  const modes = fc.constantFrom<ShortNameMode>("enforcing", "permissive", "disabled");
  const hosts = fc.uniqueArray(fc.constantFrom("quay.io", "docker.io", "r.example:5000", "plain"));

  it("gives candidates that mean the same to every tool, or an error that says why not", () =>
    fc.assert(
      fc.property(name, modes, hosts, (written, mode, searched) => {
        try {
          const { candidates, source } = resolveShortName(conf(searched, mode), nobodys, written);
          assert.ok(source.type !== "search" || candidates.length === searched.length);
          for (const candidate of candidates) {
            const text = formatReference(candidate);
            assert.equal(formatReference(parseNamedReference(text)), text);
            assert.ok(candidate.tag !== undefined || candidate.digest !== undefined);
          }
        } catch (error) {
          assert.match(CountersignError.from(error).code, /^(REFERENCE_INVALID|SHORT_NAME_UNRESOLVED)$/);
        }
      }),
    ));
});

describe("describeSource", () => {
  it("tells of an alias", () =>
    assert.equal(
      describeSource({ type: "alias", shortName: "a", origin: "/r.conf" }),
      'Resolved "a" as an alias (/r.conf)',
    ));
  it("tells of search registries", () =>
    assert.equal(
      describeSource({ type: "search", shortName: "b", origin: "/r.conf" }),
      'Resolving "b" using unqualified-search registries (/r.conf)',
    ));
});
