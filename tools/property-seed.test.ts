import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const preload = fileURLToPath(new URL("testing/property-seed.ts", import.meta.url));
const drawing =
  'const { default: fc } = await import("fast-check"); console.log(fc.sample(fc.string(), 20).join())';

async function drawn(seed: string | undefined): Promise<string> {
  const args = ["--import", preload, "--input-type=module", "--eval", drawing];
  const env = { ...process.env, COUNTERSIGN_SEED: seed };
  return (await promisify(execFile)(process.execPath, args, { env })).stdout;
}

describe("what properties are tried with", () => {
  it("is the same for the same seed", async () => {
    assert.equal(await drawn("30170153"), await drawn("30170153"));
  });

  it("is something else for another, and each time where none is set", async () => {
    const [one, other, free, again] = await Promise.all(["1", "2", undefined, undefined].map(drawn));
    assert.equal(new Set([one, other, free, again]).size, 4);
  });
});
