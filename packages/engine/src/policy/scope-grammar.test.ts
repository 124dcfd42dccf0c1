import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isValidScope } from "./scope-grammar.ts";

const hex = "0123456789abcdef".repeat(4);
const sha256 = `sha256:${hex}`;

const paths = {
  valid: ["/a", "/a/b", "/a b/é", "/...", "/.a/b."],
  invalid: ["/", "a", "a/b", "./a", "/a/", "//a", "/a//b", "/a/.", "/./a", "/a/../b", "/.."],
};

const byTransport: Readonly<
  Record<string, { readonly valid: readonly string[]; readonly invalid: readonly string[] }>
> = {
  docker: { valid: ["ex.com", "ex.com:5000/a:b", "*.com", "never matches !", "/"], invalid: [] },
  atomic: {
    valid: ["host", "host:8443", "host/ns", "host/ns/stream", "host/ns/stream:tag", "/ns", "host//"],
    invalid: ["host/ns/stream/more", "host/n:s", "host/ns/stream:a:b", "host/ns/stream:a/b"],
  },
  "docker-daemon": {
    valid: ["docker.io/library/a:b", `a@${sha256}`, "sha256:short", `md5:${hex}`],
    invalid: [sha256, `sha512:${hex}${hex}`],
  },
  "docker-archive": { valid: [], invalid: ["a", "/a", "docker.io/library/a:b"] },
  tarball: { valid: [], invalid: ["a", "/a"] },
  dir: paths,
  sif: paths,
  oci: paths,
  "oci-archive": paths,
  "containers-storage": {
    valid: [
      "[/root]",
      "[overlay@/root]",
      "[/root]docker.io/library/a:b",
      "[overlay@/ro@ot]anything",
      `[/root]a:b@${hex}`,
      `[/root]a@${sha256}`,
      `[/root]a:b@${sha256}@${hex}`,
      `[/root]@${hex}`,
    ],
    invalid: [
      "docker.io/library/a:b",
      "[",
      "[/root",
      "[]",
      "[root]",
      "[@/root]",
      "[overlay@]",
      "[overlay@root]",
      "[/root@x]",
      "[@]",
      "[/root]a@",
      "[/root]a@b",
      `[/root]a@${hex.slice(1)}`,
      `[/root]a@${hex.toUpperCase()}`,
      `[/root]a@${hex}@${hex}`,
      `[/root]a@${sha256}@${sha256}`,
      `[/root]a@${sha256}@${hex}@`,
    ],
  },
  ostree: { valid: ["anything at all", "/", "["], invalid: [] },
  "from-the-future": { valid: ["anything at all", "/", "["], invalid: [] },
  constructor: { valid: ["anything at all"], invalid: [] },
};

for (const [transport, { valid, invalid }] of Object.entries(byTransport)) {
  describe(`the transport ${transport} has`, () => {
    it(`the scope ""`, () => assert.equal(isValidScope(transport, ""), true));
    for (const scope of valid)
      it(`the scope ${scope}`, () => assert.equal(isValidScope(transport, scope), true));
    for (const scope of invalid)
      it(`no scope ${scope}`, () => assert.equal(isValidScope(transport, scope), false));
  });
}

describe("isValidScope, for any text", () => {
  it("decides, in every transport", () => {
    const nearScope = fc.string({ unit: fc.constantFrom(..."[]@/.:a", hex, "sha256:") });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(byTransport)), nearScope, (transport, scope) =>
        assert.equal(typeof isValidScope(transport, scope), "boolean"),
      ),
    );
  });
});
