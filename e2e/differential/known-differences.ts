import type { Answer } from "./answer.ts";

/** Where both refuse in different words, and why that is right. Decisions never differ. */
export interface KnownDifference {
  /** as on docs/decisions/0003-differences-from-the-reference.md */
  readonly name: string;
  readonly skopeo: RegExp;
  readonly countersign: RegExp;
  readonly reason: string;
}

/** A difference that no case shows any more fails the run: then it has to go from here and from that page. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    name: "YAML faults",
    skopeo: /: parsing \S+\.yaml: yaml: /,
    countersign: /: parsing \S+\.yaml: /,
    reason: "What is wrong with a YAML file is told by another YAML reader, in its own words.",
  },
];

export function isKnown({ skopeo, countersign }: KnownDifference, theirs: Answer, ours: Answer): boolean {
  return !theirs.allowed && !ours.allowed && skopeo.test(theirs.message) && countersign.test(ours.message);
}
