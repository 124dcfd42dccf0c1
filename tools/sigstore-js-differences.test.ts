import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { strictnessNames } from "../fuzz/targets/accepted-by-sigstore-js-alone.ts";
import { laxityNames } from "../fuzz/targets/accepted-here-alone.ts";

const page = join(import.meta.dirname, "../docs/decisions/0011-differences-from-sigstore-js.md");
const [, stricter = "", laxer = ""] = readFileSync(page, "utf8").split(/^## /m);

/** The first column of the section's table. */
function named(section: string): readonly string[] {
  return [...section.matchAll(/^\| ([^|]+?) \|/gm)].map(([, name = ""]) => name).slice(2);
}

describe("decision 0011 explains every known difference, and no other", () => {
  it("where sigstore-js accepts", () =>
    assert.deepEqual(named(stricter).toSorted(), strictnessNames.toSorted()));
  it("where we accept", () => assert.deepEqual(named(laxer).toSorted(), laxityNames.toSorted()));
});
