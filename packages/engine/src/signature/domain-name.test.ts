import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDomainName, parseMailbox } from "./domain-name.ts";

describe("isDomainName", () => {
  for (const name of ["", "a", "a.example", "*.example", "a_b-c.example"]) {
    it(`accepts ${JSON.stringify(name)}`, () => assert.equal(isDomainName(name), true));
  }
  for (const name of [".", "a.", ".a", "a..b", "a b", "a\u0000", "\u00e9"]) {
    it(`refuses ${JSON.stringify(name)}`, () => assert.equal(isDomainName(name), false));
  }
  it("accepts a leading dot in a constraint only", () => assert.equal(isDomainName(".example", true), true));
});

describe("parseMailbox", () => {
  const cases: ReadonlyArray<readonly [text: string, local: string | undefined]> = [
    ["a@b.example", "a"],
    ["a.b+c@b.example", "a.b+c"],
    ['"a b"@b.example', "a b"],
    ['"a\\"b"@b.example', 'a"b'],
    ["a\\@b@c.example", "a@b"],
    ["a@", "a"],
    ["a", undefined],
    ["@b.example", undefined],
    [".a@b.example", undefined],
    ["a.@b.example", undefined],
    ["a..b@b.example", undefined],
    ["a b@b.example", undefined],
    ['"a@b.example', undefined],
    ["a\\", undefined],
    ["a@b@c.example", undefined],
    ["a@b..c", undefined],
    ["", undefined],
  ];
  for (const [text, local] of cases) {
    it(`${JSON.stringify(text)} is ${local === undefined ? "refused" : `of ${JSON.stringify(local)}`}`, () =>
      assert.equal(parseMailbox(text)?.local, local));
  }
});
