import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  formatReference,
  parseImageReference,
  parseNamedReference,
  repositoryName,
} from "../values/image-reference.ts";
import { matchesIdentity } from "./match-identity.ts";
import type { IdentityMatch } from "./policy.ts";

const a = `@sha256:${"a".repeat(64)}`;
const b = `@sha256:${"b".repeat(64)}`;

const exactReference = (text: string): IdentityMatch => ({
  type: "exactReference",
  reference: parseNamedReference(text),
});
const exactRepository = (text: string): IdentityMatch => ({
  type: "exactRepository",
  repository: parseNamedReference(text),
});
const remap = (prefix: string, signedPrefix: string): IdentityMatch => ({
  type: "remapIdentity",
  prefix,
  signedPrefix,
});

type Row = readonly [image: string, signed: string, matches: boolean];

const tables: ReadonlyArray<readonly [name: string, match: IdentityMatch, rows: readonly Row[]]> = [
  [
    "matchExact",
    { type: "matchExact" },
    [
      ["busybox:x", "busybox:x", true],
      ["busybox:x", "docker.io/library/busybox:x", true],
      ["busybox:x", "index.docker.io/library/busybox:x", true],
      ["busybox", "busybox:latest", true],
      ["busybox:latest", "busybox", false],
      ["busybox:x", "busybox:y", false],
      ["busybox:x", "other:x", false],
      ["busybox:x", `busybox${a}`, false],
      ["busybox:x", `busybox:x${a}`, false],
      [`busybox${a}`, `busybox${a}`, true],
      [`busybox${a}`, `busybox${b}`, false],
      [`busybox${a}`, "busybox:x", false],
      [`busybox${a}`, "busybox", false],
    ],
  ],
  [
    "matchRepoDigestOrExact",
    { type: "matchRepoDigestOrExact" },
    [
      ["busybox:x", "busybox:x", true],
      ["busybox:x", "busybox:y", false],
      ["busybox:x", `busybox${a}`, false],
      ["busybox:latest", "busybox", false],
      [`busybox${a}`, "busybox:x", true],
      [`busybox${a}`, `busybox${b}`, true],
      [`busybox${a}`, `busybox:x${b}`, true],
      [`busybox${a}`, "busybox", false],
      [`busybox${a}`, "other:x", false],
    ],
  ],
  [
    "matchRepository",
    { type: "matchRepository" },
    [
      ["busybox:x", "busybox", true],
      ["busybox:x", "busybox:y", true],
      ["busybox:x", `busybox${a}`, true],
      [`busybox${a}`, "busybox", true],
      ["busybox:x", "other:x", false],
      ["ex.com/busybox:x", "busybox:x", false],
      ["ex.com/a/b:x", "ex.com/a:x", false],
      ["ex.com/a:x", "EX.com/a:x", false],
    ],
  ],
  [
    "exactReference with a tag",
    exactReference("ex.com/a:x"),
    [
      ["anything.at/all:y", "ex.com/a:x", true],
      ["ex.com/a:x", "ex.com/a:y", false],
      ["ex.com/a:x", "ex.com/a", false],
      ["ex.com/a:x", `ex.com/a:x${a}`, false],
    ],
  ],
  [
    "exactReference with a digest",
    exactReference(`busybox${a}`),
    [
      ["other:x", `docker.io/library/busybox${a}`, true],
      ["other:x", `busybox${b}`, false],
      ["other:x", "busybox", false],
    ],
  ],
  [
    "exactRepository",
    exactRepository("ex.com/a:ignored"),
    [
      ["anything.at/all:y", "ex.com/a", true],
      ["anything.at/all:y", "ex.com/a:x", true],
      ["anything.at/all:y", `ex.com/a${a}`, true],
      ["ex.com/a:x", "ex.com/b:x", false],
    ],
  ],
  [
    "remapIdentity",
    remap("mirror.ex/vendor", "vendor.ex/orig"),
    [
      ["mirror.ex/vendor/app:x", "vendor.ex/orig/app:x", true],
      ["mirror.ex/vendor:x", "vendor.ex/orig:x", true],
      ["mirror.ex/vendor/app:x", "vendor.ex/orig/app:y", false],
      ["mirror.ex/vendor/app:x", "mirror.ex/vendor/app:x", false],
      ["mirror.ex/vendor/app:x", "vendor.ex/orig/app", false],
      [`mirror.ex/vendor/app${a}`, "vendor.ex/orig/app:y", true],
      [`mirror.ex/vendor/app${a}`, `vendor.ex/orig/app${b}`, true],
      [`mirror.ex/vendor/app${a}`, "vendor.ex/orig/app", false],
      ["mirror.ex/vendorish/app:x", "vendor.ex/origish/app:x", false],
      ["mirror.ex/vendorish/app:x", "mirror.ex/vendorish/app:x", true],
      ["other.ex/app:x", "other.ex/app:x", true],
      ["other.ex/app:x", "vendor.ex/orig/app:x", false],
    ],
  ],
  [
    "remapIdentity of a host",
    remap("mirror.ex", "docker.io"),
    [
      ["mirror.ex/library/busybox:x", "busybox:x", true],
      ["mirror.ex/team/app:x", "team/app:x", true],
      // `docker.io/busybox` is not how the name is written in full, and nothing is normalised after the rewrite
      ["mirror.ex/busybox:x", "busybox:x", false],
      ["mirror.ex:5000/team/app:x", "team/app:x", false],
      ["mirror.ex:5000/team/app:x", "mirror.ex:5000/team/app:x", true],
    ],
  ],
  [
    "remapIdentity of short names, which never are an image's name",
    remap("busybox", "other"),
    [
      ["busybox:x", "busybox:x", true],
      ["busybox:x", "other:x", false],
    ],
  ],
  [
    "remapIdentity to a short name, which is not written in full",
    remap("ex.com", "team"),
    [
      ["ex.com/app:x", "team/app:x", false],
      ["ex.com/app:x", "ex.com/app:x", false],
    ],
  ],
  [
    "remapIdentity to a name too long",
    remap("ex.com", `a.b/${"c".repeat(250)}`),
    [["ex.com/app:x", "ex.com/app:x", false]],
  ],
];

for (const [name, match, rows] of tables) {
  describe(name, () => {
    for (const [image, signed, matches] of rows) {
      it(`${matches ? "takes" : "does not take"} ${signed} for ${image}`, () => {
        assert.equal(matchesIdentity(match, parseImageReference(image), signed), matches);
      });
    }
  });
}

const name = fc.constantFrom(
  "busybox",
  "docker.io/library/busybox",
  "team/app",
  "ex.com/a",
  "ex.com/a/b",
  "ex.com:80/a",
);
const image = fc
  .tuple(name, fc.constantFrom("", ":latest", ":x", a, b))
  .map(([repository, suffix]) => parseImageReference(repository + suffix));
const signed = fc
  .tuple(name, fc.constantFrom("", ":latest", ":x", a, b, `:x${a}`))
  .map(([repository, suffix]) => repository + suffix);
const anyMatch = fc.constantFrom(...tables.map(([, match]) => match));

describe("for any image and signed name", () => {
  it("no matcher takes what is no name", () => {
    const garbage = fc.constantFrom(
      "",
      "Busybox",
      "a//b",
      "https://ex.com/a:x",
      "a".repeat(64),
      " busybox:x",
      "busybox:x\n",
    );
    fc.assert(
      fc.property(anyMatch, image, garbage, (match, asked, text) => !matchesIdentity(match, asked, text)),
    );
  });

  it("what matchExact takes, matchRepoDigestOrExact takes, and what that takes, matchRepository takes", () => {
    fc.assert(
      fc.property(image, signed, (asked, text) => {
        const [exact, digestOrExact, repository] = (
          ["matchExact", "matchRepoDigestOrExact", "matchRepository"] as const
        ).map((type) => matchesIdentity({ type }, asked, text));
        assert.ok(!exact || digestOrExact);
        assert.ok(!digestOrExact || repository);
      }),
    );
  });

  it("the full form of a signed name is as good as any other", () => {
    fc.assert(
      fc.property(anyMatch, image, signed, (match, asked, text) => {
        const full = formatReference(parseNamedReference(text));
        assert.equal(matchesIdentity(match, asked, text), matchesIdentity(match, asked, full));
      }),
    );
  });

  it("only matchRepository and exactRepository take a name without tag and digest", () => {
    const bare = signed.filter((text) => !/[:@]/.test(text.replace(":80", "")));
    const lenient = new Set(["matchRepository", "exactRepository"]);
    const strict = anyMatch.filter(({ type }) => !lenient.has(type));
    fc.assert(fc.property(strict, image, bare, (match, asked, text) => !matchesIdentity(match, asked, text)));
  });

  it("exactReference and exactRepository do not mind the image", () => {
    const exact = fc.constantFrom(exactReference("ex.com/a:x"), exactRepository("ex.com/a"));
    fc.assert(
      fc.property(exact, image, image, signed, (match, one, other, text) =>
        assert.equal(matchesIdentity(match, one, text), matchesIdentity(match, other, text)),
      ),
    );
  });

  it("remapIdentity to the same name is matchRepoDigestOrExact", () => {
    fc.assert(
      fc.property(image, signed, (asked, text) =>
        assert.equal(
          matchesIdentity(remap(repositoryName(asked), repositoryName(asked)), asked, text),
          matchesIdentity({ type: "matchRepoDigestOrExact" }, asked, text),
        ),
      ),
    );
  });
});
