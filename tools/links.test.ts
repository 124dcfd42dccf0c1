import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, it } from "node:test";

const root = resolve(import.meta.dirname, "..");

const pages = ["README.md", "CHANGELOG.md"].concat(
  readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
);

/** What a page links to in this repository, without fragments. */
function linksOf(page: string): readonly string[] {
  const text = readFileSync(join(root, page), "utf8").replace(/^```.*?^```/gms, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link.replace(/#.*$/, ""))
    .filter((link) => link !== "" && !/^[a-z]+:/.test(link));
}

describe("no page links to what is not there:", () => {
  for (const page of pages) {
    it(page, () => {
      const dead = linksOf(page).filter((link) => !existsSync(join(root, dirname(page), link)));
      assert.deepEqual(dead, []);
    });
  }

  it("and there are links to look at", () => assert.ok(pages.flatMap(linksOf).length > 10));
});

describe("every page can be reached from the README:", () => {
  const reached = new Set(["README.md", "CHANGELOG.md"]);
  for (const page of reached) {
    for (const link of linksOf(page)) {
      const target = join(dirname(page), link);
      if (target.endsWith(".md")) reached.add(target);
    }
  }
  for (const page of pages) it(page, () => assert.ok(reached.has(page)));
});
