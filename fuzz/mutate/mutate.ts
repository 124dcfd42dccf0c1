import type { Draw } from "@countersign/testkit/random/draw";

/**
 * Makes another input out of one.
 * @param other another input of the pool, to take parts from
 */
export type Mutate = (draw: Draw, input: Buffer, other: Buffer) => Buffer;

/** A choice of mutations; each is as likely as it is often there. */
export function anyOf(...mutations: readonly [Mutate, ...Mutate[]]): Mutate {
  return (draw, input, other) => draw.one(mutations)(draw, input, other);
}

/** A mutation of text, for whoever cuts text more easily than bytes. Latin-1: no byte is lost, valid UTF-8 or not. */
export function ofText(mutate: (draw: Draw, text: string, other: string) => string): Mutate {
  return (draw, input, other) =>
    Buffer.from(mutate(draw, input.toString("latin1"), other.toString("latin1")), "latin1");
}

/** Words as {@link ofText} has them. */
export function inLatin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** Some stretch of `length` elements: start and end. */
export function drawRange(draw: Draw, length: number, most: number = length): readonly [number, number] {
  const start = draw.below(length + 1);
  return [start, Math.min(length, start + 1 + draw.below(Math.max(1, most)))];
}
