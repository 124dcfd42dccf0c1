import type { Target } from "../target.ts";

/** For tests: a target that wants what is not there. */
export function openTarget(): Target {
  throw new Error("it needs something else");
}
