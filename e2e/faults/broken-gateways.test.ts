import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { bundledCountersign } from "../peers/bundled-countersign.ts";
import { misfortunes } from "./misfortunes/all.ts";
import { playSteps } from "./run.ts";
import type { ViolationKind } from "./violation.ts";

const program = fileURLToPath(new URL("testing/broken-gateway.ts", import.meta.url));

/** of a seed, in which each is to be found out */
const steps = 20;

/** A harness that finds nothing could be one that sees nothing. */
describe("a gateway is found out", { concurrency: 3 }, () => {
  /** `from`: a step of the seed that shows it soon */
  const broken: readonly (readonly [how: string, when: string, found: ViolationKind, from?: number])[] = [
    ["lets everything in", "reconnect-storm", "wrongly allowed"],
    ["judges no containers", "reconnect-storm", "wrongly allowed", 2],
    ["remembers for good who may pull", "policies-change", "wrongly allowed", 5],
    ["takes every failure for a bad signature", "registry-away", "wrongly refused"],
    ["leaves what it refuses on the disk", "reconnect-storm", "left behind", 8],
    ["makes up its containers", "reconnect-storm", "lost"],
    ["never forgets an outage", "runtime-dies", "did not recover"],
    ["leaks descriptors", "reconnect-storm", "leaked"],
    ["leaks memory", "reconnect-storm", "too much memory"],
    ["dies now and then", "reconnect-storm", "internal fault"],
  ];
  for (const [how, when, found, from = 0] of broken) {
    it(`that ${how}, by ${when}`, async () => {
      const gateway = [process.execPath, program, how, await bundledCountersign()] as const;
      const kinds = new Set<ViolationKind>();
      // A busy machine can show something else of it first.
      for (let next = from; next < steps && !kinds.has(found); ) {
        const played = await playSteps(
          run(when),
          Array(steps).keys().drop(next),
          { gateway, runtime: "testkit", smallDisk: false },
          () => {},
        );
        for (const { kind } of played.failed?.violations.all ?? []) kinds.add(kind);
        next = (played.steps.at(-1) ?? next) + 1;
      }
      assert.ok(kinds.has(found), `found: ${[...kinds].join(", ")}`);
    });
  }

  it("unless nothing is wrong with it", async () => {
    const gateway = [await bundledCountersign()] as const;
    const played = await playSteps(
      run("reconnect-storm"),
      [0, 1],
      { gateway, runtime: "testkit", smallDisk: false },
      () => {},
    );
    assert.deepEqual(played.failed?.violations.all, undefined);
  });
});

function run(name: string) {
  const misfortune = misfortunes.find((one) => one.name === name);
  assert.ok(misfortune !== undefined);
  return { seed: 1, seconds: 0, steps: undefined, patience: 20_000, misfortunes: [misfortune] as const };
}
