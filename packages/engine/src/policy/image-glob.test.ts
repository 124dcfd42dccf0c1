import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseDigest } from "../values/digest.ts";
import { parseNamedReference } from "../values/image-reference.ts";
import { globNames, parseImageGlob, whyNothingMatches } from "./image-glob.ts";

const digest = parseDigest(`sha256:${"5".repeat(64)}`);

function isMatched(glob: string, image: string): boolean {
  return globNames(parseNamedReference(image), digest).some(parseImageGlob(glob).matches);
}

describe("a glob matches", () => {
  const rows: ReadonlyArray<readonly [glob: string, image: string]> = [
    ["index.docker.io/library/*", "foo"],
    ["index.docker.io/library/foo@*", "foo"],
    ["index.docker.io/*/*", "foo"],
    ["index.docker.io/**", "foo"],
    ["index.docker.**", "foo"],
    ["inde**", "foo"],
    ["**", "foo"],
    ["foo*", "foo"],
    ["foo**", "foo"],
    ["*", "foo"],
    ["*/*", "myuser/myapp"],
    ["myuser/myapp*", "myuser/myapp"],
    ["index.docker.io/myuser/*", "myuser/myapp"],
    ["index.docker.io/library/*", "index.docker.io/library/foo"],
    ["ghcr.io/*/*", "ghcr.io/foo/bar"],
    ["ghcr.io/**", "ghcr.io/foo/bar"],
    ["*/**", "ghcr.io/foo"],
    ["ghcr.io/foo*", "ghcr.io/foo"],
    ["ghcr.io/***", "ghcr.io/foo/bar"],
    [`ghcr.io/foo@${digest}`, "ghcr.io/foo"],
    ["registry:5000/**", "registry:5000/a/b"],
  ];
  for (const [glob, image] of rows) it(`${glob} ${image}`, () => assert.ok(isMatched(glob, image)));
});

describe("a glob does not match", () => {
  const rows: ReadonlyArray<readonly [why: string, glob: string, image: string]> = [
    ["one level too few", "ghcr.io/*/*", "ghcr.io/foo"],
    ["one level too many", "ghcr.io/*", "ghcr.io/foo/bar"],
    ["text before it", "ghcr.io/foo*", "prefix-ghcr.io/foo"],
    ["text behind it", "ghcr.io/foo", "ghcr.io/foo-suffix"],
    ["a bare name: what is matched has a digest", "ghcr.io/foo", "ghcr.io/foo"],
    ["a tag: what is matched has a digest instead", "ghcr.io/foo:v1", "ghcr.io/foo:v1"],
    ["a dot as any character", "ghcr.io/**", "ghcrxio.example/foo"],
    ["another digest", `ghcr.io/foo@sha256:${"6".repeat(64)}`, "ghcr.io/foo"],
    ["a name in Docker Hub that is not official", "*", "myuser/myapp"],
    ["Docker Hub as people call it", "docker.io/**", "docker.io/library/foo"],
    ["a repository in Docker Hub that is called as a registry", "ghcr.io/**", "docker.io/ghcr.io/foo"],
  ];
  for (const [why, glob, image] of rows) it(why, () => assert.ok(!isMatched(glob, image)));
});

describe("parseImageGlob refuses", () => {
  const refused: ReadonlyArray<readonly [why: string, text: string]> = [
    ["nothing", ""],
    ["a regular expression", ".+"],
    ["a class of characters", "[a-z]*"],
    ["a single-character wildcard", "ghcr.io/fo?"],
    ["a line break at the end", "ghcr.io/**\n"],
    ["a very long one", "a".repeat(1025)],
  ];
  for (const [why, text] of refused) {
    it(why, () => assert.throws(() => parseImageGlob(text), { code: "POLICY_INVALID" }));
  }
});

describe("before the digest is known, a glob", () => {
  const rows: ReadonlyArray<readonly [glob: string, "always" | "never" | "depends"]> = [
    ["ghcr.io/**", "always"],
    ["ghcr.io/foo@*", "always"],
    ["ghcr.io/foo@sha256:*", "always"],
    ["gh*/foo**", "always"],
    ["ghcr.io/bar@*", "never"],
    ["ghcr.io/foo", "never"],
    ["ghcr.io/foo:v1*", "never"],
    ["ghcr.io/foo@sha256:abc", "never"],
    ["ghcr.io/foo@sha512:*", "never"],
    ["ghcr.io/foo@sha256:*z", "never"],
    [`ghcr.io/foo@${digest}`, "depends"],
    ["ghcr.io/foo@sha256:5*", "depends"],
    ["**5", "depends"],
  ];
  for (const [glob, answer] of rows) {
    it(`${glob}: ${answer}`, () =>
      assert.equal(parseImageGlob(glob).matchesUnknownDigest("ghcr.io/foo@sha256:"), answer));
  }

  it("is never wrong about one", () => {
    const glob = fc.string({
      unit: fc.constantFrom("a", "5", "*", "@", "sha256:"),
      minLength: 1,
      maxLength: 12,
    });
    const hex = fc.string({ unit: fc.constantFrom("a", "5"), minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(glob, hex, (source, digits) => {
        const { matches, matchesUnknownDigest } = parseImageGlob(source);
        const foreseen = matchesUnknownDigest("a@sha256:");
        assert.notEqual(foreseen, matches(`a@sha256:${digits}`) ? "never" : "always");
      }),
      { numRuns: 2000 },
    );
  });
});

it("matching is what upstream's regular expression does", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "/", ".", "*", "@", ":"),
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(text, text, (glob, name) => {
      fc.pre(glob !== "*" && glob !== "*/*");
      const expression = glob
        .replaceAll(".", "\\.")
        .replaceAll("**", "#")
        .replaceAll("*", "[^/]*")
        .replaceAll("#", ".*");
      assert.equal(parseImageGlob(glob).matches(name), new RegExp(`^${expression}$`).test(name));
    }),
    { numRuns: 2000 },
  );
});

describe("whyNothingMatches", () => {
  const rows: ReadonlyArray<readonly [glob: string, says: string]> = [
    ["docker.io/**", "index.docker.io/**"],
    ["https://quay.io/x/**", "as in quay.io/x/**"],
    ["docker://quay.io/x/**", "as in quay.io/x/**"],
    ["quay.io//x/**", "nothing between two /"],
    ["ghcr.io/team/app", "ghcr.io/team/app@*"],
    ["ghcr.io/team/app:v1", "ghcr.io/team/app@*"],
    ["registry:5000/app:*", "registry:5000/app@*"],
    ["busybox", "busybox@*"],
    ["busybox:*", "busybox@*"],
    ["ghcr.io/team/app:v1@*", "ghcr.io/team/app@*"],
    ["ghcr.io/team/app:**", "ghcr.io/team/app@*"],
    ["docker.io/nginx", "index.docker.io/library/nginx@*"],
    ["docker.io/nginx:v1", "index.docker.io/library/nginx@*"],
    ["index.docker.io/busybox@*", "index.docker.io/library/busybox@*"],
    ["ghcr.io/team/", "ghcr.io/team/**"],
    ["ghcr.io/Team/**", "no capitals"],
    ["ghcr.io/team/**:v1", "64 digits"],
    ["ghcr.io/team/app@sha256:abc", "64 digits"],
    ["*/app", "*/app@*"],
    ["ghcr.io/**/app", "ghcr.io/**/app@*"],
    ["ghcr.io/**/app@sha256", "ghcr.io/**/app@*"],
  ];
  for (const [glob, says] of rows) {
    it(`has a remedy for ${glob}`, () => assert.ok(whyNothingMatches(glob)?.includes(says)));
  }

  it("is silent about every glob that matches something", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "A.a", "a:5000", "docker.io/", "index.", "library/", ":", "/", "@", "*"),
      minLength: 1,
    });
    const image = fc.constantFrom("a", "a/a", "docker.io/docker.io/a", "a.a/a", "a:5000/a/a", "A.a/a");
    const glob = fc.oneof(
      text,
      text.map((some) => `${some}@sha256:*`),
    );
    fc.assert(
      fc.property(glob, image, (some, name) => {
        if (isMatched(some, name)) assert.equal(whyNothingMatches(some), undefined);
      }),
      { numRuns: 5000 },
    );
  });
});

it("a pattern of nothing but wildcards costs little", () => {
  const { matches } = parseImageGlob("*a".repeat(500));
  assert.ok(!matches(`${"a".repeat(499)}/b`));
});
