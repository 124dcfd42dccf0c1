import type { Answer } from "./answer.ts";
import { isKnown, knownDifferences } from "./known-differences.ts";
import { settled } from "./volatile-parts.ts";

export type Comparison =
  | { readonly result: "agree" }
  /** both refuse, in words that are known to differ */
  | { readonly result: "known"; readonly difference: string }
  | { readonly result: "disagree"; readonly about: "decision" | "message" };

export function compare(theirs: Answer, ours: Answer): Comparison {
  if (theirs.allowed !== ours.allowed) return { result: "disagree", about: "decision" };
  if (settled(theirs.message) === settled(ours.message)) return { result: "agree" };
  const known = knownDifferences.find((difference) => isKnown(difference, theirs, ours));
  return known === undefined
    ? { result: "disagree", about: "message" }
    : { result: "known", difference: known.name };
}
