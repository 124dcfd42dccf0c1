import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CountersignError, type ErrorCode } from "@countersign/engine/values/error";
import { errorStatus } from "@countersign/gateway/rpc-status";

/** Holds docs/reference/error-codes.md and the code together: every code has its row, and no row lies. */
const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs/reference/error-codes.md"), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

function documented(columns: number): string[] {
  return rows
    .filter((cells) => cells.length === columns)
    .map(([code = ""]) => code.replaceAll("`", ""))
    .sort();
}

/** The members of a union type, as written in a source file. */
function declared(file: string, union: string): string[] {
  const source = readFileSync(join(root, file), "utf8");
  const [, body = ""] = new RegExp(`export type ${union} =([^;]*);`).exec(source) ?? [];
  return [...body.matchAll(/^\s*\| "([A-Z0-9_]+)"/gm)].map(([, code = ""]) => code).sort();
}

describe("docs/reference/error-codes.md", () => {
  it("has a row for every error code and no other", () => {
    const codes = declared("packages/engine/src/values/error.ts", "ErrorCode");
    assert.ok(codes.length > 0);
    assert.deepEqual(documented(4), codes);
  });

  it("has a row for every denial code and no other", () => {
    const codes = declared("packages/engine/src/verify/denial-code.ts", "DenialCode");
    assert.ok(codes.length > 0);
    assert.deepEqual(documented(3), codes);
  });

  it("leaves no cell empty", () => assert.ok(rows.every((cells) => cells.every((cell) => cell !== ""))));

  for (const [cell = "", podStatus = ""] of rows.filter((cells) => cells.length === 4)) {
    if (podStatus === "–") continue;
    it(`says of ${cell} what the pod will say`, () => {
      const code = cell.replaceAll("`", "") as ErrorCode;
      const { message } = errorStatus(new CountersignError(code, "why"));
      const [, sentinel = "ErrImagePull"] = /^(\w+): why$/.exec(message) ?? [];
      assert.equal(podStatus, sentinel);
    });
  }
});
