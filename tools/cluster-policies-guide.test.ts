import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { matchingRules } from "@countersign/engine/policy/image-rule";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import type { ImageRule } from "@countersign/engine/policy/policy";
import { parseNamedReference, toImageReference } from "@countersign/engine/values/image-reference";

const digest = `sha256:${"a".repeat(64)}`;
const guide = readFileSync("docs/guide/cluster-policies.md", "utf8");

/** What each row's globs are to match, and what not. */
const images: Readonly<Record<string, { readonly yes: readonly string[]; readonly no: readonly string[] }>> =
  {
    "that repository": { yes: ["ghcr.io/shop/app"], no: ["ghcr.io/shop/app/x", "ghcr.io/shop/app2"] },
    "repositories directly below `ghcr.io/shop`": {
      yes: ["ghcr.io/shop/app"],
      no: ["ghcr.io/shop/a/b", "ghcr.io/shop"],
    },
    "all repositories below it, however deep": {
      yes: ["ghcr.io/shop/app", "ghcr.io/shop/a/b/c"],
      no: ["ghcr.io/shop", "ghcr.io/shopping/app"],
    },
    "Docker Hub's busybox": {
      yes: ["busybox", "docker.io/library/busybox"],
      no: ["quay.io/library/busybox"],
    },
    "Docker Hub's official images alone": {
      yes: ["busybox"],
      no: ["someone/busybox", "quay.io/library/busybox"],
    },
    everything: { yes: ["busybox", "ghcr.io/a/b"], no: [] },
    "nothing: tags": {
      yes: [],
      no: ["ghcr.io/shop/app", "docker.io/library/busybox"],
    },
  };

function ruleOf(glob: string): ImageRule {
  const requirements = [{ type: "reject" }];
  const text = JSON.stringify({
    countersign: 1,
    default: requirements,
    images: [{ globs: [glob], requirements }],
  });
  const [rule] = parsePolicy(Buffer.from(text), "guide").images;
  assert.ok(rule);
  return rule;
}

describe("the globs of docs/guide/cluster-policies.md", () => {
  const rows = [...guide.matchAll(/^\| (`[^|]+`) \| ([^|]+) \|$/gm)];
  it("are all looked at", () => assert.equal(rows.length, Object.keys(images).length));
  for (const [, globs = "", what = ""] of rows) {
    it(`${globs}: ${what}`, () => {
      const expected = Object.entries(images).find(([begin]) => what.startsWith(begin))?.[1];
      assert.ok(expected, what);
      for (const [, glob = ""] of globs.matchAll(/`([^`]+)`/g)) {
        const rule = ruleOf(glob);
        const matches = (image: string) =>
          matchingRules([rule], toImageReference(parseNamedReference(`${image}@${digest}`)), []).length > 0;
        for (const image of expected.yes) assert.ok(matches(image), `${glob} ${image}`);
        for (const image of expected.no) assert.ok(!matches(image), `${glob} ${image}`);
      }
    });
  }
});
