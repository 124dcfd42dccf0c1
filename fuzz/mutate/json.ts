import type { Draw } from "@countersign/testkit/random/draw";
import { mutateBytes } from "./bytes.ts";
import { type JsonSpans, jsonSpans, type Span } from "./json-spans.ts";
import { drawRange, inLatin1, type Mutate, ofText } from "./mutate.ts";

/** What a format's authors write: names of members, and values. */
export interface Vocabulary {
  readonly names: readonly [string, ...string[]];
  readonly values: readonly [string, ...string[]];
}

/** Accidents that happen to JSON: members doubled, renamed, moved; values of other types; strings written otherwise. */
export function mutateJson(vocabulary: Vocabulary): Mutate {
  const words: Vocabulary = {
    names: vocabulary.names.map(inLatin1) as [string, ...string[]],
    values: vocabulary.values.map(inLatin1) as [string, ...string[]],
  };
  const structural = ofText((draw, text, other) => {
    const change = draw.one(changes);
    return change({ draw, text, other, words, spans: jsonSpans(text) });
  });
  return (draw, input, other) => (draw.chance(0.15) ? mutateBytes : structural)(draw, input, other);
}

interface Work {
  readonly draw: Draw;
  readonly text: string;
  readonly other: string;
  readonly words: Vocabulary;
  readonly spans: JsonSpans;
}

type Change = (work: Work) => string;

const literals: readonly [string, ...string[]] = [
  ...([
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "1.0",
    "1e0",
    "1e400",
    "-1e-400",
    "01",
    "+1",
    ".5",
  ] as const),
  ...["9007199254740993", "9223372036854775808", "18446744073709551616", `1${"0".repeat(400)}`, "NaN", "0x1"],
  ...[
    '""',
    "{}",
    "[]",
    "[null]",
    "[[]]",
    "[{}]",
    '{"":null}',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\x"',
  ],
  ...[
    '"\\ud83d\\ude00"',
    '"\u00ed\u00a0\u0080"',
    '"\u00ff"',
    "'x'",
    "/**/1",
    "1//",
    "undefined",
    "[1,]",
    "{,}",
    '"',
  ],
];

const changes: readonly [Change, ...Change[]] = [
  ({ draw, text, spans, words }) => replaced(draw, text, spans.values, () => drawValue(draw, words)),
  ({ draw, text, spans, words }) => replaced(draw, text, spans.values, () => drawValue(draw, words)),
  ({ draw, text, spans, other }) =>
    replaced(draw, text, spans.values, (old) => pick(draw, other, jsonSpans(other).values) ?? old),
  ({ draw, text, spans }) =>
    replaced(draw, text, spans.values, (old) => pick(draw, text, spans.values) ?? old),
  ({ draw, text, spans, words }) =>
    replaced(draw, text, spans.names, (old) =>
      quoted(draw.chance(0.5) ? draw.one(words.names) : recased(draw, old.slice(1, -1))),
    ),
  ({ draw, text, spans }) =>
    replaced(draw, text, [...spans.members, ...spans.elements], (old) => `${old},${old}`),
  ({ draw, text, spans, words }) =>
    replaced(
      draw,
      text,
      spans.members,
      (old) => `${old},${quoted(draw.one(words.names))}:${drawValue(draw, words)}`,
    ),
  ({ draw, text, spans, other }) =>
    replaced(
      draw,
      text,
      spans.members,
      (old) => `${old},${pick(draw, other, jsonSpans(other).members) ?? old}`,
    ),
  ({ draw, text, spans }) => removed(draw, text, [...spans.members, ...spans.elements]),
  ({ draw, text, spans }) => swapped(draw, text, draw.chance(0.5) ? spans.values : spans.members),
  ({ draw, text, spans }) => replaced(draw, text, spans.values, (old) => nested(draw, old)),
  ({ draw, text, spans }) =>
    replaced(draw, text, strings(text, spans), (old) => quoted(escaped(draw, old.slice(1, -1)))),
  ({ draw, text, spans, words }) =>
    replaced(draw, text, strings(text, spans), (old) => quoted(reworded(draw, old.slice(1, -1), words))),
  ({ draw, text, spans }) =>
    replaced(draw, text, strings(text, spans), (old) => quoted(reencoded(draw, old.slice(1, -1)))),
  ({ draw, text, spans }) =>
    replaced(draw, text, spans.values, (old) => `${drawSpace(draw)}${old}${drawSpace(draw)}`),
];

function replaced(draw: Draw, text: string, spans: readonly Span[], by: (old: string) => string): string {
  const span = one(draw, spans);
  if (span === undefined) return text;
  return text.slice(0, span.start) + by(text.slice(span.start, span.end)) + text.slice(span.end);
}

function removed(draw: Draw, text: string, spans: readonly Span[]): string {
  const span = one(draw, spans);
  if (span === undefined) return text;
  const before = text.slice(0, span.start);
  const after = text.slice(span.end);
  return /^\s*,/.test(after) ? before + after.replace(",", "") : before.replace(/,\s*$/, "") + after;
}

function swapped(draw: Draw, text: string, spans: readonly Span[]): string {
  const a = one(draw, spans);
  const b = one(draw, spans);
  if (a === undefined || b === undefined) return text;
  const [first, second] = a.start < b.start ? [a, b] : [b, a];
  if (first.end > second.start) return text;
  const part = ({ start, end }: Span) => text.slice(start, end);
  return (
    text.slice(0, first.start) +
    part(second) +
    text.slice(first.end, second.start) +
    part(first) +
    text.slice(second.end)
  );
}

function nested(draw: Draw, value: string): string {
  const [open, close] = draw.one([
    ["[", "]"],
    ['{"a":', "}"],
    ["[[],", "]"],
  ]);
  const depth = draw.one([1, 1, 2, 10, 100, 9_999, 10_001, 50_000]);
  return open.repeat(depth) + value + (draw.chance(0.9) ? close.repeat(depth) : "");
}

function drawValue(draw: Draw, words: Vocabulary): string {
  if (draw.chance(0.4)) return draw.one(literals);
  if (draw.chance(0.2)) return quoted(Buffer.from(draw.one(words.values), "latin1").toString("base64"));
  return quoted(draw.one(draw.chance(0.8) ? words.values : words.names));
}

/** The same letters in another case, also in the ways that only Unicode's case folding takes for the same. */
function recased(draw: Draw, name: string): string {
  const at = draw.below(name.length);
  const letter = name.charAt(at);
  const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  const folded = { s: "\u017f", k: "\u212a" }[letter.toLowerCase()];
  const instead = folded !== undefined && draw.chance(0.5) ? inLatin1(folded) : other;
  return name.slice(0, at) + instead + name.slice(at + 1);
}

function escaped(draw: Draw, content: string): string {
  const at = draw.below(content.length);
  const code = content.charCodeAt(at);
  const isPlain = !Number.isNaN(code) && !content.includes("\\");
  const hex = code.toString(16).padStart(4, "0");
  const written =
    isPlain && draw.chance(0.5) ? `\\u${draw.one([hex, hex.toUpperCase()])}` : draw.one(escapes);
  return content.slice(0, at) + written + content.slice(at + (draw.chance(0.7) ? 1 : 0));
}

const escapes: readonly [string, ...string[]] = [
  ...(["\\u0000", "\\ud800", "\\udfff", "\\ud83d\\ude00", "\\/", "\\b", "\\", "\\u12"] as const),
  ...["\\U0041", "\n", "\0", "\\u017f", "\\u212a", "\\ufffd", '\\"'],
];

function reworded(draw: Draw, content: string, words: Vocabulary): string {
  const [start, end] = drawRange(draw, content.length, 8);
  const word = draw.one([...separators, draw.one(words.values), draw.one(words.values)]);
  return content.slice(0, start) + word + content.slice(draw.chance(0.5) ? start : end);
}

const separators = [
  "/",
  ":",
  "@",
  ".",
  "*",
  "*.",
  " ",
  "-",
  "_",
  "__",
  "%",
  "#",
  "?",
  "=",
  "+",
  "A",
] as const;

/** Bytes inside base64 go wrong by themselves. */
function reencoded(draw: Draw, content: string): string {
  const bytes = Buffer.from(content, "base64");
  const spoilt = mutateBytes(draw, bytes, bytes).toString("base64");
  return draw.one([
    spoilt,
    spoilt,
    spoilt.replaceAll("=", ""),
    `${spoilt}=`,
    spoilt.replaceAll("+", "-"),
    `${spoilt}\\n`,
  ]);
}

function strings(text: string, { values, names }: JsonSpans): readonly Span[] {
  return [...values, ...names].filter(({ start }) => text[start] === '"');
}

function pick(draw: Draw, text: string, spans: readonly Span[]): string | undefined {
  const span = one(draw, spans);
  return span && text.slice(span.start, span.end);
}

function one<T>(draw: Draw, of: readonly T[]): T | undefined {
  return of[draw.below(of.length)];
}

function quoted(content: string): string {
  return `"${content}"`;
}

function drawSpace(draw: Draw): string {
  return draw.one(["", " ", "\n", "\t", "\r\n", "\u00a0", "\f", "\u00ef\u00bb\u00bf", "\0", "/**/", "//\n"]);
}
