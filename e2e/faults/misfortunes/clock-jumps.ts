import { setTimeout as delay } from "node:timers/promises";
import { noExcuses } from "../questions/excuses.ts";
import type { Misfortune } from "./misfortune.ts";

const day = 86_400_000;

/** Signatures by keys are as good at any time, and evidence that looks too old is fetched again. */
export const clockJumps: Misfortune = {
  name: "clock-jumps",
  touches: ["clock", "gateway"],
  plan(draw) {
    const jumps = draw.several(
      [-30 * 365 * day, -day, -60_000, -1, 1, 60_000, day, 100 * day, 10 * 365 * day],
      1,
      4,
    );
    return {
      what: `the clock jumps by ${jumps.map((jump) => `${jump / 1000} s`).join(", ")}`,
      excuses: { ...noExcuses, evidence: true },
      lasts: draw.one([100, 500]),
      async begin({ gateway }) {
        for (const jump of jumps) {
          gateway.skewClock(jump);
          await delay(100);
        }
        return async () => gateway.skewClock(0);
      },
    };
  },
};
