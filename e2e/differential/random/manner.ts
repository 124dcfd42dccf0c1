import type { Draw } from "@countersign/testkit/random/draw";

/** How someone signs, and how a policy may ask it to be done. */
export type Manner = SigstoreManner | "gpg";

export type SigstoreManner = "key" | "logged" | "keyless" | "pki";

/** Mostly `usual`, so that what is drawn for one case fits together often enough to be allowed. */
export function drawManner(draw: Draw, usual?: Manner): Manner {
  if (usual !== undefined && draw.chance(0.8)) return usual;
  const manners = ["key", "logged", "keyless", "pki", "gpg"] as const;
  return manners[draw.below(manners.length)] ?? "key";
}
