import type { Asker } from "./questions/ask.ts";
import type { Oracle } from "./questions/oracle.ts";
import type { Violations } from "./violation.ts";
import type { World } from "./world/world.ts";

/** Who plays and who watches. */
export interface Play {
  readonly world: World;
  readonly asker: Asker;
  readonly oracle: Oracle;
  readonly violations: Violations;
  /** milliseconds within which each question must have its right answer again once a step's misfortunes have ended */
  readonly patience: number;
}
