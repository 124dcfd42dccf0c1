import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { dockerScopes } from "../policy/transports/docker-scopes.ts";
import { quote } from "../values/go-format.ts";
import { parseImageReference } from "../values/image-reference.ts";
import { isImageScope, parseImageScope } from "./image-scope.ts";

const hex = "0123456789abcdef".repeat(4);
const path = "a/".repeat(100);

const valid = [
  "quay.io",
  "quay.io:5000",
  "localhost",
  "localhost:5000/app",
  "registry:5000/app",
  "quay.io/team",
  "quay.io/team/a_b/c__d/e-f/g.h",
  "QUAY.io/team",
  "docker.io/library/busybox:latest",
  `docker.io/library/busybox@sha256:${hex}`,
  `docker.io/library/busybox:v1@sha256:${hex}`,
  "*.example.com",
  "*.com",
  `quay.io/${"a".repeat(504)}`,
];
const invalid = [
  "",
  "@x",
  `@sha256:${hex}`,
  "*",
  "*.",
  "*.example.com:5000",
  "*.example.com/app",
  "quay.io/*",
  "a*.example.com",
  "busybox",
  "team/app",
  "TEAM/app",
  "quay.io/",
  "quay.io//app",
  "/app",
  "quay.io/Team",
  "quay.io:latest",
  `quay.io@sha256:${hex}`,
  "quay.io/app@x",
  "quay.io/a\u0080b",
  "quay.io/\u007f",
  "quay.io/\u0000",
  "quay.io/\ufffe",
  "quay.io/\ud800",
  "quay.io/a\n",
  "quay.io/a\u2028b",
  "quay.io/é",
  'quay.io/a": {}',
  "<<",
  "__proto__",
  "constructor",
  " quay.io",
  "https://quay.io",
  "-quay.io",
  "quay..io",
  `quay.io/${"a".repeat(505)}`,
  `quay.io/${"a".repeat(1100)}`,
];

describe("a scope of images", () => {
  for (const text of valid)
    it(`may be ${text.slice(0, 60)}`, () => assert.equal(parseImageScope(text), text));
  for (const text of invalid) {
    it(`is not ${quote(text).slice(0, 60)}`, () => {
      assert.equal(isImageScope(text), false);
      assert.throws(() => parseImageScope(text), { code: "POLICY_INVALID" });
    });
  }

  it("is every one that an image has", () => {
    const images = [
      "busybox",
      "a.b.example:5000/x/y:v1",
      `ghcr.io/team/app@sha256:${hex}`,
      "EXAMPLE.com/app:v",
      "localhost/a",
      `quay.io/${path}a:${"t".repeat(128)}`,
    ];
    for (const image of images) {
      for (const scope of dockerScopes(parseImageReference(image))) assert.ok(isImageScope(scope), scope);
    }
  });

  it("takes no long time to be told from others", () => {
    const near = fc.string({ unit: fc.constantFrom(..."a.-_/:@*A"), maxLength: 600 });
    fc.assert(fc.property(near, (text) => isImageScope(text) === false || text.length <= 512));
  });
});
