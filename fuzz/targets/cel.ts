import assert from "node:assert/strict";
import { parseJson } from "@countersign/engine/values/strict-json";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { mutateText } from "../mutate/text.ts";
import { reading, shapeOf } from "../outcome.ts";
import type { Target } from "../target.ts";

const statement = parseJson(
  JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "a", digest: { sha256: "00" } }],
    predicateType: "https://p.example",
    predicate: {
      n: 3,
      d: 0.5,
      t: "text",
      l: [1, 2, 3],
      m: { a: null, b: true },
      when: "2026-01-02T03:04:05Z",
    },
  }),
);

const expressions = [
  "true",
  "predicate.n == 3 && predicate.d < 1.0 || !predicate.m.b",
  `predicate.t.matches("^t.x+$") ? predicate.l[0] == 1 : size(predicate.l) > 2`,
  "subject.all(s, s.digest.sha256 == '00' && s.name.startsWith('a'))",
  "predicate.l.map(x, x * 2).filter(x, x > 2).exists_one(x, x == 4)",
  `has(predicate.m.a) && "b" in predicate.m && 2 in predicate.l`,
  `timestamp(predicate.when).getFullYear() == 2026 && duration("3s") < duration("1m")`,
  `{"a": [1, 2u, 1.5, b"x", r'\\d', null]}["a"].size() == 6`,
  "[[predicate.l], [predicate.l]].map(x, x + x) == [predicate.l]",
  `string(predicate.n) + "x" == "3x" && int("7") - 7 == 0 && type(1) == int`,
];

/** An expression: it is refused in our words, or it has an answer for a statement, the same each time, and soon. */
export function openTarget(): Target {
  return { seeds: expressions.map((text) => Buffer.from(text)), mutate: mutateText(words), check };
}

const words = [
  ...[
    "predicate",
    "subject",
    "statement",
    "predicateType",
    ".all(x, x)",
    ".map(x, x + x)",
    ".exists(x, ",
    "has(",
  ],
  ...[
    "matches(",
    "size(",
    "==",
    "&&",
    "||",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "?",
    ":",
    "'",
    '"""',
    "0x",
    "1e9",
    "b'",
  ],
  ...[
    "int(",
    "string(",
    "timestamp(",
    "duration(",
    ".filter(",
    "9223372036854775807",
    "-",
    "%",
    "/ 0",
    "@in",
    ".",
  ],
] as const;

function check(input: Uint8Array): string {
  const source = new TextDecoder().decode(input);
  const read = reading(["POLICY_INVALID"], () => celExpression(source.slice(0, 8192)));
  if (read.type === "refused") return read.outcome;
  const fault = read.value.fault(statement);
  assert.equal(read.value.fault(statement), fault, "it answers otherwise the second time");
  return fault === undefined ? "holds" : shapeOf(fault);
}
