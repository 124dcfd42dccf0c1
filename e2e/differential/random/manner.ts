import type { Draw } from "@countersign/testkit/random/draw";

/** How someone signs, and how a policy may ask it to be done. */
export type Manner = "key" | "logged" | "keyless" | "pki";

/** Mostly `usual`, so that what is drawn for one case fits together often enough to be allowed. */
export function drawManner(draw: Draw, usual?: Manner): Manner {
  if (usual !== undefined && draw.chance(0.8)) return usual;
  return draw.one(["key", "logged", "keyless", "pki"]);
}
