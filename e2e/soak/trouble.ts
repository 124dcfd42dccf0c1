import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { createDraw, type Draw } from "@countersign/testkit/random/draw";
import type { Misfortune } from "../faults/misfortunes/misfortune.ts";
import { type Excuses, excusesTogether } from "../faults/questions/excuses.ts";
import type { Violations } from "../faults/violation.ts";
import type { Span } from "../faults/world/policy-history.ts";
import type { World } from "../faults/world/world.ts";

/**
 * Milliseconds after its end for which a misfortune still explains things: a denial that was seen while the registry lied is
 * remembered for ten seconds, and connections take a moment to be made anew.
 */
const aftermath = 13_000;

/** Lets things go wrong one after the other, for as long as it is asked to, and knows what they explain. */
export class Trouble {
  readonly counts: Record<string, number> = {};
  readonly #world: World;
  readonly #violations: Violations;
  #past: (Span & { readonly excuses: Excuses })[] = [];

  constructor(world: World, violations: Violations) {
    this.#world = world;
    this.#violations = violations;
  }

  /** Policies change all the time, as a misfortune of their own; the others come now and then. */
  async cause(kinds: readonly Misfortune[], seed: number, isOver: () => boolean): Promise<void> {
    const isOfPolicies = ({ touches }: Misfortune) => touches.includes("policies");
    const others = kinds.filter((one) => !isOfPolicies(one));
    await Promise.all([
      this.#inARow(kinds.filter(isOfPolicies), [500, 4_000], createDraw(seed), isOver),
      this.#inARow(others, [3_000, 12_000], createDraw(seed + 1), isOver),
    ]);
  }

  /** What explains an answer that was waited for during `span`. */
  excusesFor({ from, until }: Span): Excuses {
    return excusesTogether(
      this.#past
        .filter((one) => one.from <= until && from <= one.until + aftermath)
        .map(({ excuses }) => excuses),
    );
  }

  async #inARow(
    kinds: readonly Misfortune[],
    [least, most]: readonly [number, number],
    draw: Draw,
    isOver: () => boolean,
  ): Promise<void> {
    while (!isOver()) {
      await delay(least + draw.below(most - least));
      const misfortune = kinds[draw.below(kinds.length)];
      if (misfortune === undefined || isOver()) return;
      this.counts[misfortune.name] = (this.counts[misfortune.name] ?? 0) + 1;
      const plan = misfortune.plan(draw);
      const one = { from: performance.now(), until: Number.POSITIVE_INFINITY, excuses: plan.excuses };
      this.#past.push(one);
      const end = await plan.begin(this.#world, this.#violations);
      await delay(plan.lasts);
      await end();
      const over = performance.now();
      this.#past = this.#past
        .map((past) => (past === one ? { ...one, until: over } : past))
        .filter(({ until }) => until + 60_000 > over);
    }
  }
}
