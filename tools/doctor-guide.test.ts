import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { checks } from "@countersign/gateway/doctor/examine-node";

const page = readFileSync(join(import.meta.dirname, "../docs/guide/doctor.md"), "utf8");

it("docs/guide/doctor.md has every check of the doctor, in its order, and no other", () => {
  const documented = [...page.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, check]) => check);
  assert.deepEqual(documented, Object.keys(checks));
});
