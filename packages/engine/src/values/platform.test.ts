import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatPlatform, parsePlatform } from "./platform.ts";

describe("parsePlatform", () => {
  for (const text of ["linux/amd64", "linux/arm64/v8", "windows/amd64"]) {
    it(`reads ${text} as it is written`, () => {
      const platform = parsePlatform(text);
      assert.ok(platform !== undefined);
      assert.equal(formatPlatform(platform), text);
    });
  }

  const refused: ReadonlyArray<readonly [why: string, text: string]> = [
    ["nothing", ""],
    ["an operating system alone", "linux"],
    ["no architecture", "linux/"],
    ["no operating system", "/amd64"],
    ["a part too many", "linux/arm64/v8/x"],
  ];
  for (const [why, text] of refused) it(`refuses ${why}`, () => assert.equal(parsePlatform(text), undefined));
});
