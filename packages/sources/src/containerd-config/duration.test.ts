import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseDuration } from "./duration.ts";

describe("parseDuration reads", () => {
  const rows: readonly (readonly [text: string, milliseconds: number])[] = [
    ["0", 0],
    ["1s", 1000],
    ["+5s", 5000],
    ["-5s", -5000],
    ["1m30s", 90_000],
    ["1h15m30.918273645s", 4_530_918.273645],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1000],
    ["2us", 0.002],
    ["2µs", 0.002],
    ["2μs", 0.002],
    ["1000000ns", 1],
    ["1s1s", 2000],
  ];
  for (const [text, milliseconds] of rows) {
    it(text, () => assert.equal(parseDuration(text), milliseconds));
  }

  it("whatever is put together of whole units", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(10_000), fc.constantFrom(["s", 1000], ["m", 60_000], ["ms", 1])), {
          minLength: 1,
          maxLength: 5,
        }),
        (terms) => {
          const text = terms.map(([number, [unit]]) => `${number}${unit}`).join("");
          const wanted = terms.reduce((sum, [number, [, factor]]) => sum + number * Number(factor), 0);
          assert.equal(parseDuration(text), wanted);
        },
      ),
    ));
});

describe("parseDuration refuses", () => {
  const rows: readonly (readonly [why: string, text: string, message: string])[] = [
    ["nothing", "", 'time: invalid duration ""'],
    ["a sign alone", "-", 'time: invalid duration "-"'],
    ["a point alone", ".s", 'time: invalid duration ".s"'],
    ["a unit alone", "s", 'time: invalid duration "s"'],
    ["a number alone", "30", 'time: missing unit in duration "30"'],
    ["days", "1d", 'time: unknown unit "d" in duration "1d"'],
    ["a unit in capitals", "1S", 'time: unknown unit "S" in duration "1S"'],
    ["a space before the unit", "1 s", 'time: unknown unit " s" in duration "1 s"'],
    ["a line feed", "1s\n", 'time: unknown unit "s\\n" in duration "1s\\n"'],
    [
      "a name inherited from Object",
      "1constructor",
      'time: unknown unit "constructor" in duration "1constructor"',
    ],
    ["more than 292 years", "9999999h", 'time: invalid duration "9999999h"'],
    ["a number past counting", `${"9".repeat(400)}s`, `time: invalid duration "${"9".repeat(400)}s"`],
  ];
  for (const [why, text, message] of rows) {
    it(why, () => assert.throws(() => parseDuration(text), { code: "CONFIG_INVALID", message }));
  }

  it("everything else, without any other error", () =>
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+0-9.a-zµ ]{0,12}$/)), (text) => {
        try {
          assert.ok(Number.isFinite(parseDuration(text)));
        } catch (error) {
          assert.equal((error as { code?: string }).code, "CONFIG_INVALID");
        }
      }),
    ));
});
