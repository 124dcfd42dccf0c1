import assert from "node:assert/strict";
import { settled } from "../../e2e/differential/volatile-parts.ts";
import { mutateJson } from "../mutate/json.ts";
import type { Target } from "../target.ts";
import { readWithOutcome } from "./policy-outcome.ts";
import { policySeeds, policyWords } from "./policy-words.ts";
import { openPolicyReader } from "./skopeo-policy.ts";

/**
 * A policy file, and what skopeo makes of it: it takes what we take, and refuses what we refuse, in the same words.
 */
export async function openTarget(): Promise<Target> {
  const skopeo = await openPolicyReader();
  const asked = new Map<string, number>();
  return {
    seeds: policySeeds,
    mutate: mutateJson(policyWords),
    async check(input) {
      const { faults, outcome } = readWithOutcome(input);
      const times = (asked.get(outcome) ?? 0) + 1;
      asked.set(outcome, times);
      if (times > often && times % seldom !== 0) return outcome;
      const ours = faults[0]?.message;
      const theirs = await skopeo.fault(input);
      assert.equal(ours === undefined, theirs === undefined, `we say ${ours}, skopeo says ${theirs}`);
      assert.equal(settled(ours ?? ""), settled(theirs ?? ""));
      return outcome;
    },
    close: () => skopeo.close(),
  };
}

/** A process takes ten times what we do. So it is asked about each outcome this often, and then now and then. */
const often = 20;
const seldom = 10;
