import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nodePlatform } from "./node-platform.ts";

describe("nodePlatform", () => {
  const rows: readonly (readonly [processor: string, expected: string])[] = [
    ["x64", "linux/amd64"],
    ["arm64", "linux/arm64/v8"],
    ["arm", "linux/arm/v7"],
    ["s390x", "linux/s390x"],
    ["riscv64", "linux/riscv64"],
  ];
  for (const [processor, expected] of rows) {
    it(`of ${processor} is ${expected}`, () => {
      const { os, architecture, variant } = nodePlatform(processor);
      assert.equal([os, architecture, variant].filter((part) => part !== "").join("/"), expected);
    });
  }
});
