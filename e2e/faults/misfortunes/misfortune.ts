import type { Draw } from "@countersign/testkit/random/draw";
import type { Excuses } from "../questions/excuses.ts";
import type { Violations } from "../violation.ts";
import type { World } from "../world/world.ts";

/** A kind of thing that goes wrong. */
export interface Misfortune {
  readonly name: string;
  /** it is of the testkit's runtime, or wants much of it that a real one is not asked */
  readonly needsTestkit?: true;
  /** what no other misfortune may touch at the same time */
  readonly touches: readonly Thing[];
  /** Chooses the particulars; an equal draw brings equal ones. */
  plan(draw: Draw): Plan;
}

export type Thing =
  | "registry"
  | "runtime"
  | "gateway"
  | "policies"
  | "evidence"
  | "clock"
  | "images"
  | "callers";

/** One thing that goes wrong, for a while. */
export interface Plan {
  /** what exactly, in words */
  readonly what: string;
  readonly excuses: Excuses;
  /** milliseconds between the beginning and the end */
  readonly lasts: number;
  /** Brings it about; what it gives back ends it. Both may take time. It may see things itself that must not be. */
  begin(world: World, violations: Violations): Promise<() => Promise<void>> | (() => Promise<void>);
}

/** For what ends by itself. */
export const overAlready = async (): Promise<void> => {};
