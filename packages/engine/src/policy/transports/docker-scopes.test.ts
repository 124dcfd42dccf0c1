import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatReference, parseImageReference } from "../../values/image-reference.ts";
import { dockerScopes } from "./docker-scopes.ts";

const sha256 = `sha256:${"0".repeat(64)}`;

describe("dockerScopes lists, most specific first,", () => {
  const rows: ReadonlyArray<readonly [image: string, scopes: readonly string[]]> = [
    [
      "h.ex.com:8443/a/b:t",
      ["h.ex.com:8443/a/b:t", "h.ex.com:8443/a/b", "h.ex.com:8443/a", "h.ex.com:8443", "*.ex.com", "*.com"],
    ],
    [`ex.com/a@${sha256}`, [`ex.com/a@${sha256}`, "ex.com/a", "ex.com", "*.com"]],
    [
      "busybox",
      [
        "docker.io/library/busybox:latest",
        "docker.io/library/busybox",
        "docker.io/library",
        "docker.io",
        "*.io",
      ],
    ],
    ["localhost/a:t", ["localhost/a:t", "localhost/a", "localhost"]],
    ["localhost:5000/a:t", ["localhost:5000/a:t", "localhost:5000/a", "localhost:5000"]],
  ];
  for (const [image, scopes] of rows) {
    it(`those of ${image}`, () => assert.deepEqual(dockerScopes(parseImageReference(image)), scopes));
  }

  it("each but the wildcards a beginning of the one before", () => {
    const element = fc.stringMatching(/^[a-z]{1,3}$/);
    const image = fc
      .tuple(
        fc.constantFrom("a.b", "a.b.c:80", "localhost"),
        fc.array(element, { minLength: 1, maxLength: 5 }),
      )
      .map(([host, path]) => parseImageReference(`${host}/${path.join("/")}:t`));
    fc.assert(
      fc.property(image, (reference) => {
        const named = dockerScopes(reference).filter((scope) => !scope.startsWith("*."));
        assert.equal(named[0], formatReference(reference));
        assert.equal(named.at(-1), reference.domain);
        assert.ok(named.every((scope, index) => index === 0 || named[index - 1]?.startsWith(scope)));
      }),
    );
  });
});
