import { nearWord } from "@countersign/engine/values/near-word";

/** What comes to mind first, and is too far from the flag's name to be near it. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["policy", "signature-policy"],
  ["policy-dir", "signature-policy-dir"],
]);

/**
 * A question for who typed a flag that there is not: `; did you mean --signature-policy?`, or nothing if no flag is like it.
 * @param typed as it was typed, dashes, value and all
 * @param known names without dashes
 */
export function didYouMean(typed: string, known: readonly string[]): string {
  const [, name = ""] = /^-*([^=]*)/.exec(typed) ?? [];
  const other = otherNames.get(name);
  const likely = other !== undefined && known.includes(other) ? other : nearWord(name, known);
  return likely === undefined ? "" : `; did you mean --${likely}?`;
}
