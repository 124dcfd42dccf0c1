import { CountersignError } from "../../values/error.ts";
import type { Pattern } from "../../values/pattern.ts";
import type { CelExpression } from "../sigstore-requirement.ts";

/** Compiles what a policy says in languages of its own. Few policies do, so a program loads them when one does. */
export interface PolicyLanguages {
  /**
   * A regular expression of RE2's syntax. It is short, and what it expands to is bounded, when this is asked.
   * @throws CountersignError POLICY_INVALID, saying what is wrong with it
   */
  pattern(source: string, anchored: boolean): Pattern;
  /**
   * A CEL expression.
   * @throws CountersignError POLICY_INVALID, saying what is wrong with it
   */
  cel(source: string): CelExpression;
}

/** Knows none: a policy that needs one is at fault. */
export const noLanguages: PolicyLanguages = {
  pattern() {
    throw new CountersignError("POLICY_INVALID", "regular expressions are not read here");
  },
  cel() {
    throw new CountersignError("POLICY_INVALID", "CEL expressions are not read here");
  },
};
