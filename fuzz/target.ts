import type { Mutate } from "./mutate/mutate.ts";

/** A reader of strangers' bytes, and what must hold whatever the bytes are. */
export interface Target {
  /** what a run starts from, beside the kept corpus: valid and nearly valid inputs */
  readonly seeds: readonly Uint8Array[];
  readonly mutate: Mutate;
  /**
   * Lets the reader read an input.
   * @returns some words for what became of it; an input that brings new words is mutated further
   * @throws anything, when what must hold does not: that is a finding
   */
  check(input: Uint8Array): string | Promise<string>;
  /**
   * What comes out of an input here alone, where `check` asks another program, which takes long: an input with an outcome
   * that was often checked is seldom checked again.
   */
  glance?(input: Uint8Array): string;
  /** gives back whatever was opened */
  close?(): Promise<void>;
}

/** What a module in targets/ exports. */
export interface TargetModule {
  readonly openTarget: () => Target | Promise<Target>;
}

/** More than anything that is read whole where an attacker chooses the size, and the most that is ever tried. */
export const maxInput: number = 1 << 20;
