import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson } from "@countersign/engine/values/strict-json";
import { celExpression } from "./cel-expression.ts";

const statement = parseJson(
  JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "app", digest: { sha256: "aa" } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      builder: { id: "https://builder.example/v2" },
      count: 3,
      share: 0.5,
      large: 1e30,
      packages: [
        { name: "a", licenses: ["MIT"] },
        { name: "b", licenses: ["GPL-3.0", "MIT"] },
      ],
      finishedOn: "2026-01-02T03:04:05Z",
      nothing: null,
      "odd name": true,
    },
  }),
);

describe("an expression is true of a statement:", () => {
  const rows = [
    "true",
    `predicateType == "https://slsa.dev/provenance/v1"`,
    `predicate.builder.id.startsWith("https://builder.example/")`,
    `predicate.builder.id.matches("^https://[a-z.]+/v[0-9]$")`,
    `statement._type.endsWith("v1") && statement.predicate == predicate`,
    `subject.all(s, size(s.digest.sha256) == 2)`,
    `subject.exists_one(s, s.name == "app")`,
    "predicate.count == 3 && predicate.share < 1.0 && predicate.large > 1.0",
    `predicate.packages.map(p, p.name) == ["a", "b"]`,
    `predicate.packages.filter(p, "GPL-3.0" in p.licenses).size() == 1`,
    `timestamp(predicate.finishedOn) < timestamp("2026-01-03T00:00:00Z")`,
    "predicate.nothing == null",
    `predicate["odd name"]`,
    "!has(predicate.missing)",
    `has(predicate.missing) ? predicate.missing.x == 1 : true`,
    `type(predicate.count) == int`,
  ];
  for (const source of rows) {
    it(source, () => assert.equal(celExpression(source).fault(statement), undefined));
  }
});

describe("an expression is not true of a statement:", () => {
  const rows: ReadonlyArray<readonly [source: string, fault: string]> = [
    ["false", "it is false"],
    ["predicate.count == 4", "it is false"],
    ["predicate.count", "its result is neither true nor false"],
    ["predicate.missing == 1", "it cannot be evaluated: field not found: missing"],
    ["1 / 0 == 1", "it cannot be evaluated: int divide by zero"],
    [`predicate.count == 3 && predicate.missing`, "it cannot be evaluated: field not found: missing"],
    [
      `predicate.builder.id < 3`,
      "it cannot be evaluated: found no matching overload for '_<_' applied to '(string, int)'",
    ],
    [
      `"a".matches("(")`,
      "it cannot be evaluated: not a regular expression of RE2: error parsing regexp: missing closing ): `(`",
    ],
  ];
  for (const [source, fault] of rows) {
    it(source, () => assert.equal(celExpression(source).fault(statement), fault));
  }

  for (const json of ["null", "[]", `"x"`, "{}"]) {
    it(`and ${json} has nothing to be asked of`, () => {
      assert.match(celExpression("predicate.x").fault(parseJson(json)) ?? "", /^it cannot be evaluated: /);
    });
  }
});

describe("an expression is refused:", () => {
  const rows: ReadonlyArray<readonly [source: string, reason: RegExp]> = [
    ["", /^not a CEL expression: 1:1: /],
    ["predicate.x ==", /^not a CEL expression: 1:/],
    ["predicat.x", /there is no "predicat"; the variables are statement, predicate, predicateType, subject/],
    ["[1].all(x, y > x)", /there is no "y"/],
    ["subject.all(s, s.x) && s.y", /there is no "s"/],
    ["frobnicate(predicate)", /there is no function "frobnicate"/],
    ["predicate.frobnicate()", /there is no function "frobnicate"/],
    ["@loop(1)", /^not a CEL expression: 1:1: /],
    [`${"(".repeat(4000)}1${")".repeat(4000)}`, /^not a CEL expression: /],
  ];
  for (const [source, message] of rows) {
    it(JSON.stringify(source.slice(0, 40)), () =>
      assert.throws(() => celExpression(source), { code: "POLICY_INVALID", message }),
    );
  }
});

describe("isConstant", () => {
  it("is so for what looks at nothing", () => {
    for (const source of ["true", "1 == 1", "[1, 2].all(x, x > 0)"])
      assert.ok(celExpression(source).isConstant);
  });
  it("is not so for what looks at something", () => {
    for (const source of ["predicate.x", "subject.size() == 1", "[1].all(x, x == predicate.y)"]) {
      assert.ok(!celExpression(source).isConstant);
    }
  });
});

describe("an expression comes to an end, though it asks for", () => {
  const tooMuch = "it asks for more work than is allowed";
  const many = parseJson(JSON.stringify({ predicate: { l: Array.from({ length: 5000 }, (_, at) => at) } }));
  const text = parseJson(JSON.stringify({ predicate: { t: "x".repeat(100_000), l: [1] } }));
  const rows: ReadonlyArray<readonly [what: string, source: string, statement: typeof many]> = [
    [
      "a loop in a loop in a loop",
      "predicate.l.all(a, predicate.l.all(b, predicate.l.all(c, a + b + c >= 0)))",
      many,
    ],
    ["a loop that is told it failed", "predicate.l.all(a, predicate.l.all(b, a + b >= 0)) || true", many],
    [
      "a list twice as long, again and again",
      `${"[predicate.l]"}${".map(x, x + x)".repeat(60)}.size() == 1`,
      many,
    ],
    [
      "a list that holds itself twice, again and again",
      `[predicate.l]${".map(x, [x, x])".repeat(60)} == [predicate.l]${".map(x, [x, x])".repeat(60)}`,
      many,
    ],
    [
      "a text twice as long, again and again",
      `[predicate.t]${".map(x, x + x)".repeat(60)}.size() == 2`,
      text,
    ],
    ["the same text, over and over", `predicate.l${".map(x, [x, x, x, x])".repeat(9)} == statement`, many],
  ];
  for (const [what, source, of] of rows) {
    it(what, () =>
      assert.match(
        celExpression(source).fault(of) ?? "",
        /more work than is allowed|Invalid string length|becomes too long/,
      ),
    );
  }

  it("and is none the worse for it the next time", () => {
    const source = "predicate.l.all(a, predicate.l.all(b, a + b >= 0))";
    const expression = celExpression(source);
    assert.equal(expression.fault(many), tooMuch);
    assert.equal(expression.fault(parseJson(`{"predicate":{"l":[1,2]}}`)), undefined);
  });

  it("is not ended before its time", () => {
    assert.equal(celExpression("predicate.l.map(x, x + 1).exists(x, x == 5000)").fault(many), undefined);
  });

  it("is not made to wait by a pattern", () => {
    const hostile = celExpression(`predicate.t.matches("(x{500}){500}")`);
    assert.equal(hostile.fault(text), "it cannot be evaluated: the pattern is too large");
    const long = celExpression(`predicate.t.matches("x*y")`);
    assert.equal(long.fault(text), "it cannot be evaluated: the text is too long to be matched");
  });
});
