import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type HintCode, hintSeverity } from "@countersign/engine/policy/lint/hint";
import { policyHints } from "@countersign/engine/policy/lint/policy-hints";
import { readPolicy } from "@countersign/engine/policy/parse-policy";
import { readJsonDocument } from "@countersign/engine/values/json-document";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { re2Pattern } from "@countersign/sources/policy-languages/re2-pattern";

const root = join(import.meta.dirname, "..");
const read = (page: string) => readFileSync(join(root, page), "utf8");

describe("docs/reference/lint-hints.md", () => {
  const rows = read("docs/reference/lint-hints.md")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

  it("has a row for every hint, in their order, with its severity, and no other", () =>
    assert.deepEqual(
      rows.map(([code = "", severity]) => [code.replaceAll("`", ""), severity]),
      Object.entries(hintSeverity),
    ));

  it("leaves no cell empty", () => {
    for (const cells of rows) {
      assert.equal(cells.length, 4);
      assert.ok(cells.every((cell) => cell !== ""));
    }
  });
});

/** What a page says itself of the policy it shows. */
const meant: Readonly<Record<string, readonly HintCode[]>> = {
  "docs/guide/gateway.md": ["DEFAULT_ACCEPTS_EVERYTHING"],
};

/** What is shown for itself, and told in the text beside it. */
const trials: ReadonlySet<HintCode> = new Set(["ONLY_WARNS"]);

/** What people copy must be free of what lint warns of. */
describe("the policies that the documentation shows give no hints:", () => {
  const pages = [
    "README.md",
    ...["docs/guide", "docs/reference"].flatMap((folder) =>
      readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
    ),
  ];
  let policies = 0;
  for (const page of pages) {
    const blocks = [
      ...read(page).matchAll(
        /^```json\n(\{\n(?: {2}"countersign": 1,\n)? {2}"default": [[{][\s\S]*?)^```$/gm,
      ),
    ];
    for (const [at, [, text = ""]] of blocks.entries()) {
      policies++;
      if (page === "docs/guide/lint.md" && at === 0) continue; // the bad one, see lint-guide.test.ts
      it(`${page}, ${at + 1}`, () => {
        const bytes = Buffer.from(text);
        const { policy, faults } = readPolicy(bytes, { pattern: re2Pattern, cel: celExpression });
        assert.deepEqual(faults, []);
        assert.ok(policy !== undefined);
        const codes = policyHints(policy, readJsonDocument(bytes)).map(({ code }) => code);
        const told = codes.filter((code) => page === "README.md" || !trials.has(code));
        assert.deepEqual(told, meant[page] ?? []);
      });
    }
  }

  it("and there are policies to look at", () => assert.ok(policies >= 6));
});
