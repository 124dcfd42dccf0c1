import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { keptInputs } from "./corpus.ts";
import { check } from "./loop.ts";
import type { TargetModule } from "./target.ts";
import { corpusOf, moduleOf, targets } from "./targets.ts";

/** What fuzzing once found, or found worth keeping, holds now and from here on; skopeo is asked by the fuzz run. */
for (const entry of targets.filter(({ needs }) => needs === undefined)) {
  const { openTarget } = (await import(moduleOf(entry).href)) as TargetModule;
  const target = await openTarget();
  describe(`${entry.name} holds`, () => {
    after(() => target.close?.());
    const holds = async (input: Uint8Array): Promise<void> => {
      const result = await check(target, input);
      if (typeof result !== "string") assert.fail(`${result.message}\n${result.stack}`);
    };

    it("for what a run starts from", async () => {
      for (const seed of target.seeds) await holds(seed);
    });
    for (const { name, bytes } of keptInputs(corpusOf(entry))) it(name, () => holds(bytes));
  });
}
