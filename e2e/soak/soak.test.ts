import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { misfortuneCalled } from "../faults/misfortunes/all.ts";
import type { ViolationKind } from "../faults/violation.ts";
import { bundledCountersign } from "../peers/bundled-countersign.ts";
import { soak } from "./soak.ts";

const program = fileURLToPath(new URL("../faults/testing/broken-gateway.ts", import.meta.url));

describe("a short soak finds out a gateway", { concurrency: 2 }, () => {
  const broken: readonly (readonly [how: string, found: ViolationKind])[] = [
    ["lets everything in", "wrongly allowed"],
    ["leaks a little", "leaked"],
  ];
  for (const [how, found] of broken) {
    it(`that ${how}`, async () => {
      const asked = { seed: 1, seconds: 24, misfortunes: [misfortuneCalled("policies-change")] };
      const gateway = [process.execPath, program, how, await bundledCountersign()] as const;
      const { violations } = await soak(asked, { gateway, runtime: "testkit", smallDisk: false }, () => {});
      const kinds = new Set(violations.map(({ kind }) => kind));
      assert.ok(kinds.has(found), `found: ${[...kinds].join(", ")}`);
    });
  }
});
