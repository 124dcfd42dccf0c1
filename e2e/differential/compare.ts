import type { Answer } from "./answer.ts";
import { isKnown, knownDifferences } from "./known-differences.ts";
import { settled } from "./volatile-parts.ts";

export type Comparison =
  | { readonly result: "agree" }
  /** a difference that is listed: other words, or Countersign alone refuses */
  | { readonly result: "words" | "stricter"; readonly difference: string }
  | { readonly result: "disagree"; readonly about: "decision" | "words" };

export function compare(theirs: Answer, ours: Answer): Comparison {
  const isSameDecision = theirs.allowed === ours.allowed;
  if (isSameDecision && settled(theirs.message) === settled(ours.message)) return { result: "agree" };
  const known = knownDifferences.find((difference) => isKnown(difference, theirs, ours));
  if (known !== undefined) return { result: isSameDecision ? "words" : "stricter", difference: known.name };
  return { result: "disagree", about: isSameDecision ? "words" : "decision" };
}
