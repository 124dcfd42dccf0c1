import assert from "node:assert/strict";
import { it } from "node:test";
import { weaken } from "@countersign/testkit/weakened/weakened-package";
import { re2Pattern } from "./re2-pattern.ts";

const pattern = "https://github\\.com/acme/[^/]+/\\.github/workflows/release\\.yaml@refs/tags/.*";
const honest = "https://github.com/acme/app/.github/workflows/release.yaml@refs/tags/v1";

/** Names that somebody else can have who has the right one inside theirs. */
const forged: readonly string[] = [
  `https://mallory.example/?${honest}`,
  `https://mallory.example/#\n${honest}`,
  `${honest}\nmore`,
];

for (const name of forged) {
  it(`an identity that is not anchored lets in ${JSON.stringify(name)}, and ours does not`, async () => {
    using weakened = weaken("sources", [
      {
        file: "policy-languages/re2-pattern.ts",
        text: "this.anchored ? this.#program.testExact(text) : this.#program.test(text)",
        instead: "this.#program.test(text)",
      },
    ]);
    const weak = (await weakened.load("policy-languages/re2-pattern.ts")) as {
      re2Pattern: typeof re2Pattern;
    };
    assert.equal(weak.re2Pattern(pattern, true).matches(name), true);
    assert.equal(re2Pattern(pattern, true).matches(name), false);
    assert.equal(re2Pattern(pattern, true).matches(honest), true);
  });
}
