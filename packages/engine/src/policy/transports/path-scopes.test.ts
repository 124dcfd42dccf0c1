import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isPathScope, pathScopes } from "./path-scopes.ts";

describe("pathScopes lists", () => {
  const rows: ReadonlyArray<readonly [path: string, scopes: readonly string[]]> = [
    ["/a/b/c", ["/a/b/c", "/a/b", "/a"]],
    ["/a", ["/a"]],
    ["/", []],
    ["/a b/é:c", ["/a b/é:c", "/a b"]],
  ];
  for (const [path, scopes] of rows) {
    it(`those of ${path}`, () => assert.deepEqual(pathScopes(path), scopes));
  }

  it("the path, and each time the directory above the one before, all fit for a policy", () => {
    const element = fc.string({ minLength: 1 }).filter((text) => !/^\.{1,2}$|\//.test(text));
    fc.assert(
      fc.property(fc.array(element, { minLength: 1 }), (elements) => {
        const scopes = pathScopes(`/${elements.join("/")}`);
        assert.equal(scopes.length, elements.length);
        assert.ok(scopes.every(isPathScope));
        assert.ok(scopes.slice(1).every((above, at) => scopes[at]?.startsWith(`${above}/`)));
      }),
    );
  });
});
