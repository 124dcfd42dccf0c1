import type { Draw } from "@countersign/testkit/random/draw";
import { mutateBytes } from "./bytes.ts";
import { drawRange, inLatin1, type Mutate, ofText } from "./mutate.ts";

/** Accidents that happen to text made of lines and words: both lost, doubled, moved, and other words put in. */
export function mutateText(vocabulary: readonly [string, ...string[]]): Mutate {
  const words = vocabulary.map(inLatin1) as [string, ...string[]];
  const structural = ofText((draw, text, other) => draw.one(changes)(draw, text, other, words));
  return (draw, input, other) => (draw.chance(0.25) ? mutateBytes : structural)(draw, input, other);
}

type Words = readonly [string, ...string[]];
type Change = (draw: Draw, text: string, other: string, words: Words) => string;

const changes: readonly [Change, ...Change[]] = [
  (draw, text, _, words) => {
    const [start, end] = drawRange(draw, text.length, 12);
    return text.slice(0, start) + draw.one(words) + text.slice(draw.chance(0.6) ? start : end);
  },
  (draw, text, _, words) => cut(draw, text, /\w+/g, () => [draw.one(words)]),
  (draw, text) => cut(draw, text, /\w+/g, (word) => [word, word]),
  (draw, text) => cut(draw, text, /\W/g, (mark) => draw.one([[], [mark, mark], [" ", mark], [mark, "\n"]])),
  (draw, text) => cut(draw, text, /[^\n]*\n?/g, () => []),
  (draw, text) => cut(draw, text, /[^\n]*\n?/g, (line) => [line, line]),
  (draw, text, other) => cut(draw, text, /[^\n]*\n?/g, (line) => [line, pickLine(draw, other)]),
  (draw, text) => cut(draw, text, /[^\n]*\n?/g, (line) => [pickLine(draw, text), line]),
  (draw, text) =>
    cut(draw, text, /^/gm, () => [draw.one([" ", "  ", "\t", "- ", "# ", "[", "{", "&a ", "*a"])]),
  (draw, text) => cut(draw, text, /./gs, (mark) => [mark.repeat(draw.one([2, 10, 1000, 50_000]))]),
];

/** Puts others in the place of one thing that the pattern finds. */
function cut(draw: Draw, text: string, pattern: RegExp, by: (found: string) => readonly string[]): string {
  const found = [...text.matchAll(pattern)];
  const match = found[draw.below(found.length)];
  if (match === undefined) return text;
  return text.slice(0, match.index) + by(match[0]).join("") + text.slice(match.index + match[0].length);
}

function pickLine(draw: Draw, text: string): string {
  const lines = text.split(/(?<=\n)/);
  return lines[draw.below(lines.length)] ?? "";
}
