/** Something that must not be. */
export interface Violation {
  readonly kind: ViolationKind;
  /** what happened, to which question, and what would have been right */
  readonly message: string;
}

export type ViolationKind =
  /** an image that no policy in force allowed was pulled, or got a container */
  | "wrongly allowed"
  /** an image that every policy in force allowed was called one that is not */
  | "wrongly refused"
  /** a call had no answer in time */
  | "no answer"
  /** a call failed, and nothing that went wrong explains it */
  | "unexplained failure"
  /** what a caller was told is there is not */
  | "lost"
  /** what was refused is still on disk */
  | "left behind"
  /** after the fault had ended, the right answer did not come again */
  | "did not recover"
  | "too much memory"
  /** descriptors or calls under way that nobody gave back */
  | "leaked"
  /** the gateway's process ended, or it met what it says cannot be */
  | "internal fault";

/** Where violations are gathered, each once. */
export class Violations {
  readonly #found = new Map<string, Violation>();

  add(kind: ViolationKind, message: string): void {
    this.#found.set(`${kind}: ${message}`, { kind, message });
  }

  get all(): readonly Violation[] {
    return [...this.#found.values()];
  }
}
