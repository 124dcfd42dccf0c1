import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseAuthChallenges } from "./auth-challenge.ts";

type Plain = readonly [scheme: string, parameters: Readonly<Record<string, string>>];

const parse = (...headers: string[]): readonly Plain[] =>
  parseAuthChallenges(headers).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe("parseAuthChallenges reads", () => {
  const bearer = {
    realm: "https://auth.example/token",
    service: "registry",
    scope: "repository:a/b:pull,push",
  };
  const rows: readonly (readonly [what: string, headers: readonly string[], expected: readonly Plain[]])[] = [
    ["none", [], []],
    [
      "what Docker Hub sends",
      ['Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push"'],
      [["bearer", bearer]],
    ],
    ["parameters apart", ['Bearer  realm="r" ,\tservice = "s"'], [["bearer", { realm: "r", service: "s" }]]],
    [
      "parameters without commas",
      ['Bearer realm="r" service="s"'],
      [["bearer", { realm: "r", service: "s" }]],
    ],
    ["schemes and names in any case", ['BEARER Realm="R"'], [["bearer", { realm: "R" }]]],
    [
      "values without quotes",
      ["Bearer realm=https://a.example/t?x=y,service=s"],
      [["bearer", { realm: "https://a.example/t?x=y", service: "s" }]],
    ],
    ["escaped quotes", [String.raw`Basic realm="a \"b\" \\c"`], [["basic", { realm: String.raw`a "b" \c` }]]],
    [
      "an empty value",
      ['Bearer realm="r",service="",scope="s"'],
      [["bearer", { realm: "r", service: "", scope: "s" }]],
    ],
    ["a scheme alone", ["Negotiate"], [["negotiate", {}]]],
    [
      "several challenges in one header",
      ['Basic realm="a", Bearer realm="b",service="c"'],
      [
        ["basic", { realm: "a" }],
        ["bearer", { realm: "b", service: "c" }],
      ],
    ],
    [
      "several headers",
      ['Basic realm="a"', 'Bearer realm="b"'],
      [
        ["basic", { realm: "a" }],
        ["bearer", { realm: "b" }],
      ],
    ],
    [
      "past a token of another scheme",
      ['Negotiate YII+/==, Basic realm="a"'],
      [
        ["negotiate", {}],
        ["basic", { realm: "a" }],
      ],
    ],
    [
      "two schemes without parameters",
      ["Negotiate, NTLM"],
      [
        ["negotiate", {}],
        ["ntlm", {}],
      ],
    ],
    ["the last of two equal names", ['Bearer realm="a",realm="b"'], [["bearer", { realm: "b" }]]],
    ["stray commas", [' ,, Bearer ,realm="a",, ,service="b",'], [["bearer", { realm: "a", service: "b" }]]],
    [
      "what stands before a quote that never ends",
      ['Bearer realm="a",service="b'],
      [["bearer", { realm: "a" }]],
    ],
    ["nothing from noise", ['"="', "=", "\u00e9", ""], []],
  ];
  for (const [what, headers, expected] of rows) it(what, () => assert.deepEqual(parse(...headers), expected));
});

describe("parseAuthChallenges", () => {
  it("gives back what was written, however it was quoted", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]*$/);
    const value = fc.string();
    fc.assert(
      fc.property(name, fc.dictionary(name, value, { minKeys: 1 }), (scheme, parameters) => {
        const written = Object.entries(parameters).map(
          ([key, text]) => `${key}="${text.replaceAll(/["\\]/g, "\\$&")}"`,
        );
        assert.deepEqual(parse(`${scheme} ${written.join(", ")}`), [[scheme, { ...parameters }]]);
      }),
    );
  });

  it("takes any header, and ends", () => {
    const character = fc.constantFrom(...'aB1="\\, \t/:+é');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 200 }), (header) => {
        for (const { scheme } of parseAuthChallenges([header])) assert.match(scheme, /^[a-z0-9+-]+$/);
      }),
    );
  });

  it("does not grow slower than the header grows longer", () => {
    for (const hostile of ['a="', "\\", " ", "a=", 'a="b\\', "=,", "A "]) {
      parseAuthChallenges([`Bearer ${hostile.repeat(16_000 / hostile.length)}`]);
    }
  });
});
