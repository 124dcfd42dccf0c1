import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson } from "@countersign/engine/values/strict-json";
import fc from "fast-check";
import { celExpression } from "./cel-expression.ts";

describe("an expression can never be true:", () => {
  const rows: ReadonlyArray<readonly [source: string, why: string]> = [
    ["1 + 1", "it comes to int"],
    [`"true"`, "it comes to string"],
    ["null", "it comes to null"],
    ["1.5", "it comes to double"],
    ["[true]", "it comes to list"],
    [`{"a": true}`, "it comes to map"],
    ["bool", "it comes to type"],
    ["predicateType", "it comes to string"],
    ["subject", "it comes to list"],
    ["statement", "it comes to map"],
    ["size(predicate.packages)", "it comes to int"],
    ["predicate.packages.size()", "it comes to int"],
    ["predicate.count + 1", "it comes to int"],
    ["predicate.count - predicate.other", "it comes to int or uint or double or duration or timestamp"],
    ["-predicate.count", "it comes to int or double"],
    ["string(predicate.ok)", "it comes to string"],
    ["type(predicate)", "it comes to type"],
    ["predicate.packages.map(p, p.ok)", "it comes to list"],
    ["predicate.packages.filter(p, p.ok)", "it comes to list"],
    [`predicate.ok ? "yes" : "no"`, "it comes to string"],
    [`predicate.ok ? 1 : "no"`, "a side of : comes to int"],
    ["predicate.ok && size(subject)", "a side of && comes to int"],
    [`predicate.ok && (predicate.x || predicate.y) && "a"`, "a side of && comes to string"],
    ["size(subject) || size(predicate)", "a side of || comes to int"],
    ["predicate.ok ? size(subject) : (predicate.x && 1)", "a side of : comes to int"],
  ];
  for (const [source, why] of rows) {
    it(source, () => assert.equal(celExpression(source).whyNeverTrue, why));
  }
});

describe("an expression may be true:", () => {
  const rows = [
    ...["true", "false", "predicate", "predicate.ok", "statement.predicate", "dyn(1)", "bool(predicate.ok)"],
    ...["subject[0]", "has(predicate.x)", "!predicate.ok", "size(subject) || predicate.ok", "1 == 1"],
    ...["predicate.ok ? true : 1", "predicate.l.all(x, x + 1)", "[].all(x, 1)", "predicate.l.exists(x, x)"],
    ...["predicate.l.exists_one(x, x)", "google.protobuf.BoolValue{value: true}", "{'a': true}.a"],
    // a loop's own names are not the statement's
    ...["predicate.l.exists(subject, subject)", "predicate.l.all(statement, statement)", "[true][0]"],
    // it fails whatever it looks at, which is not foreseen
    ...[`"a" < 3`, "1 / 0 == 1", "predicate.ok == (1 + 'a')"],
  ];
  for (const source of rows) it(source, () => assert.equal(celExpression(source).whyNeverTrue, undefined));
});

/** Expressions of many kinds, some of them nonsense. */
const { expression: someExpression } = fc.letrec<{ expression: string }>((tie) => {
  const part = tie("expression");
  const leaf = fc.constantFrom(
    ...[
      "1",
      "2u",
      "1.5",
      "'a'",
      "b'a'",
      "true",
      "false",
      "null",
      "predicate",
      "predicate.yes",
      "predicate.n",
    ],
    ...[
      "predicate.l",
      "subject",
      "statement",
      "predicateType",
      "bool",
      "int",
      "[]",
      "{}",
      "x",
      "[true, false]",
    ],
  );
  const two = fc.tuple(part, part);
  return {
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { arbitrary: leaf, weight: 3 },
      fc
        .tuple(fc.constantFrom("+", "-", "*", "&&", "||", "==", "<", "in"), two)
        .map(([operator, [one, other]]) => `(${one} ${operator} ${other})`),
      fc.tuple(part, two).map(([condition, [one, other]]) => `(${condition} ? ${one} : ${other})`),
      part.map((one) => `!(${one})`),
      fc
        .tuple(fc.constantFrom("size", "type", "dyn", "bool", "string", "int"), part)
        .map(([f, one]) => `${f}(${one})`),
      fc
        .tuple(fc.constantFrom("all", "exists", "exists_one", "map", "filter"), two)
        .map(([macro, [one, other]]) => `(${one}).${macro}(x, ${other})`),
      part.map((one) => `[${one}]`),
      part.map((one) => `[${one}][0]`),
      part.map((one) => `{'a': ${one}}.a`),
    ),
  };
});
const statements = ["true", "1", `"a"`, "[true]", "{}"].map((n) =>
  parseJson(
    JSON.stringify({
      ...{ predicateType: "p", subject: [{ name: "a" }] },
      predicate: { yes: true, n: JSON.parse(n), l: [true, 1, "a"] },
    }),
  ),
);

function whyNever(source: string): string | undefined {
  try {
    return celExpression(source).whyNeverTrue;
  } catch {
    return undefined;
  }
}

it("no expression of which it is said is ever true", () => {
  let told = 0;
  fc.assert(
    fc.property(someExpression, (source) => {
      const inLoop = source.includes("x") ? `[true].exists(x, ${source})` : source;
      if (whyNever(inLoop) === undefined) return;
      told++;
      const expression = celExpression(inLoop);
      for (const statement of statements) assert.notEqual(expression.fault(statement), undefined, inLoop);
    }),
    { numRuns: 5000 },
  );
  assert.ok(told > 200, `${told}`);
});
