import assert from "node:assert/strict";
import { isMarkedFile } from "@countersign/engine/policy/extension/marker";
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
  return {
    seeds: policySeeds,
    mutate: mutateJson(policyWords),
    glance: (input) => readWithOutcome(input).outcome,
    async check(input) {
      const { faults, outcome } = readWithOutcome(input);
      if (isMarkedFile(input)) return outcome; // which is not for skopeo
      const ours = faults[0]?.message;
      const theirs = await skopeo.fault(input);
      assert.equal(ours === undefined, theirs === undefined, `we say ${ours}, skopeo says ${theirs}`);
      assert.equal(settled(ours ?? ""), settled(theirs ?? ""));
      return outcome;
    },
    close: () => skopeo.close(),
  };
}
