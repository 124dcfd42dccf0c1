import type { TestContext } from "node:test";
import { createDraw, type Draw } from "@countersign/testkit/random/draw";

/** What a scenario leaves to chance; its report names the seed, by which it can be played again. */
export function drawFor(context: TestContext): Draw {
  const seed = Number(process.env["COUNTERSIGN_SEED"] ?? Date.now() % 2 ** 31);
  context.diagnostic(`seed ${seed} (COUNTERSIGN_SEED)`);
  return createDraw(seed);
}

/** How often a scenario tries its luck: as often as it takes by itself, or as the environment says. */
export function roundsOr(few: number): number {
  return Number(process.env["COUNTERSIGN_ROUNDS"] ?? few);
}
