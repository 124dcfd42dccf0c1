import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import fc from "fast-check";
import { parseYaml } from "./parse-yaml.ts";
import type { YamlValue } from "./yaml-value.ts";

/** A value with its members, all of them read. */
function whole(value: YamlValue): unknown {
  switch (value.kind) {
    case "null":
      return null;
    case "scalar":
      return value.text;
    case "sequence":
      return [];
    case "mapping":
      return Object.fromEntries([...value.members()].map(([name, member]) => [name, whole(member)]));
  }
}

// What yaml.v3 does with each of these was seen in skopeo 1.22.
describe("parseYaml reads", () => {
  const rows: readonly (readonly [what: string, text: string, value: unknown])[] = [
    ["nothing from nothing", "", null],
    ["nothing from comments", "# a\n  # b\n", null],
    [
      "texts as they are written",
      "a: 0x10\nb: 1.0\nc: yes\nd: 2020-01-01\n",
      { a: "0x10", b: "1.0", c: "yes", d: "2020-01-01" },
    ],
    ["four words for nothing", "a:\nb: ~\nc: null\nd: NULL\n", { a: null, b: null, c: null, d: null }],
    ["no such word in quotes", `a: "~"\nb: ""\n`, { a: "~", b: "" }],
    ["both kinds of quotes", `a: "x\\u0041"\nb: 'it''s'\n`, { a: "xA", b: "it's" }],
    ["text in blocks", "a: |\n  x\n  y\nb: >-\n  x\n  y\n", { a: "x\ny\n", b: "x y" }],
    ["JSON", `{"a": {"b": "c"}, "d": [1]}`, { a: { b: "c" }, d: [] }],
    ["JSON without blanks", `{"a":{"b":"c"},"d":[1]}`, { a: { b: "c" }, d: [] }],
    ["lines that end in CR LF", "a: b\r\nc: d\r\n", { a: "b", c: "d" }],
    ["what a mark of byte order stands before", "\ufeffa: b\n", { a: "b" }],
    ["the first of several documents", "a: b\n---\nc: d\n...\n", { a: "b" }],
    ["a key with an explicit mark", "? a\n: b\n", { a: "b" }],
    ["a key that is a number, as text", "1: a\n0x10: b\n", { "1": "a", "0x10": "b" }],
    ["no key that is nothing", "~: a\nb: c\n", { b: "c" }],
    ["aliases", "a: &x {b: c}\nd: *x\n", { a: { b: "c" }, d: { b: "c" } }],
    [
      "the anchor before an alias, of two",
      "a: &x 1\nb: *x\nc: &x 2\nd: *x\n",
      { a: "1", b: "1", c: "2", d: "2" },
    ],
    [
      "a merge, what is written first",
      "a: &x {b: 1, c: 1}\nd:\n  c: 2\n  <<: *x\n",
      { a: { b: "1", c: "1" }, d: { b: "1", c: "2" } },
    ],
    [
      "several merges, the first one first",
      "a: &x {b: 1}\nc: &y {b: 2, d: 2}\ne:\n  <<: [*x, *y]\n",
      { a: { b: "1" }, c: { b: "2", d: "2" }, e: { b: "1", d: "2" } },
    ],
    ["two arrows in quotes as a key", `"<<": {a: b}\n`, { "<<": { a: "b" } }],
    ["names of properties as keys", "__proto__: a\n", { ["__proto__"]: "a" }],
  ];
  for (const [what, text, value] of rows) {
    it(what, () => assert.deepEqual(whole(parseYaml(text)), value));
  }

  it("what is in quotes and what is not, apart", () => {
    const root = parseYaml(`a: true\nb: "true"\n`);
    assert.ok(root.kind === "mapping");
    assert.deepEqual(
      [...root.members().values()],
      [
        { kind: "scalar", text: "true", plain: true },
        { kind: "scalar", text: "true", plain: false },
      ],
    );
  });

  it("members that nobody asks for not at all, however often they are repeated", () => {
    const levels = Array.from(
      { length: 20 },
      (_, level) => `l${level + 1}: &l${level + 1} [*l${level},*l${level},*l${level}]`,
    );
    const root = parseYaml(`l0: &l0 [x]\n${levels.join("\n")}\nself: &s {me: *s}\n`);
    assert.ok(root.kind === "mapping");
    assert.equal(root.members().size, 22);
  });
});

describe("parseYaml refuses", () => {
  const rows: readonly (readonly [why: string, text: string, message: RegExp])[] = [
    ["a tab for indentation", "a:\n\tb: c\n", /^yaml: found a tab character/],
    ["a line of a blank and a tab", "a:\n  b:\n \t\n", /^yaml: found a tab character/],
    ["a control character, in a comment too", "a: b # \x01\n", /^yaml: control characters/],
    ["a line that ends in CR", "a: b\rc: d\n", /^yaml: a line may end in LF or CR LF only$/],
    ["a line separator, in a comment too", "# a\u2028b: c\n", /^yaml: a line may end in LF or CR LF only$/],
    ["a mark of byte order within", "a: b\n\ufeffc: d\n", /^yaml: a byte order mark/],
    ["a directive", "%YAML 1.2\n---\na: b\n", /^yaml: directives/],
    ["an end before any beginning", "# a\n...\na: b\n", /^yaml: did not find expected node content$/],
    ["JSON's escaped slash", `{"a": "b\\/c"}`, /^yaml: found unknown escape character$/],
    ["a question mark within braces", "{a: b?c}", /^yaml: did not find expected node content$/],
    ["a colon that begins a text within braces", "{a: [:b]}", /^yaml: did not find expected node content$/],
    ["an anchor with a dot", "a: &b.c d\n", /^yaml: did not find expected alphabetic or numeric character$/],
    ["an alias of nothing", "a: *b\n", /^yaml: unknown anchor 'b' referenced$/],
    ["an alias before its anchor", "a: *b\nc: &b d\n", /^yaml: unknown anchor 'b' referenced$/],
    ["a tag", "a: !!str b\n", /^yaml: tag .* is not read$/],
    ["a tag where nobody looks", "a: {b: !c d}\n", /^yaml: tag .* is not read$/],
    ["a key of two lines", `{"a\nb": c}`, /^yaml: did not find expected key$/],
    ["a key of a thousand characters", `${"a".repeat(1001)}: b\n`, /^yaml: did not find expected key$/],
    ["a key that is not there", ": a\n", /^yaml: did not find expected key$/],
    // yaml.v3 takes such a colon for a part of the key
    ["a brace directly behind a key's colon", "{y:{}}", /^yaml: did not find expected ',' or '}'$/],
    ["a brace that ends behind one", "{y:}", /^yaml: did not find expected ',' or '}'$/],
    ["a bracket behind one, in a list", "[y:[]]", /^yaml: did not find expected ',' or '}'$/],
    ["a comma behind one", "{y:,z: a}", /^yaml: did not find expected ',' or '}'$/],
    ["a colon on a line of its own", `{"a"\n: b}`, /^yaml: could not find expected ':'$/],
    [
      "what begins nothing",
      "@a",
      /^yaml: Plain value cannot start with reserved character @ at line 1, column 1$/,
    ],
    ["a fault in a later document", "a: b\n---\n[", /^yaml: /],
    ["a hundred lists within each other", "[".repeat(102) + "]".repeat(102), /^yaml: exceeded max depth$/],
    ["lists without end", "[".repeat(100_000), /^yaml: more than 5000 brackets and braces are not read$/],
    ["documents without end", "---\n".repeat(1000), /^yaml: more than 100 documents are not read$/],
    [
      "more than anybody writes",
      `a: ${"b".repeat(256 * 1024)}`,
      /^yaml: it has 262147 characters, more than /,
    ],
  ];
  for (const [why, text, message] of rows) {
    it(why, () => assert.throws(() => parseYaml(text), { code: "CONFIG_INVALID", message }));
  }

  const members: readonly (readonly [why: string, text: string, message: string])[] = [
    ["a key twice", "a: 1\na: 2\n", `yaml: mapping key "a" already defined`],
    ["a key once more, in quotes", `a: 1\n"a": 2\n`, `yaml: mapping key "a" already defined`],
    ["two merges", "a: &x {}\n<<: *x\n<<: *x\n", `yaml: mapping key "<<" already defined`],
    ["a list for a key", "[a]: b\n", "yaml: a key that is no text"],
    ["a merge of a text", "<<: a\n", "yaml: map merge requires map or sequence of maps as the value"],
    [
      "a merge of a list of texts",
      "<<: [a]\n",
      "yaml: map merge requires map or sequence of maps as the value",
    ],
  ];
  for (const [why, text, message] of members) {
    it(why, () => assert.throws(() => whole(parseYaml(text)), { code: "CONFIG_INVALID", message }));
  }

  it("a merge of itself", () => {
    const text = "a: &x\n  <<: *x\n";
    assert.throws(() => whole(parseYaml(text)), { message: `yaml: anchor "x" value contains itself` });
  });

  it("merges that multiply", () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `l${level + 1}: &l${level + 1}\n  <<: [*l${level},*l${level},*l${level}]`,
    );
    assert.throws(() => whole(parseYaml(`l0: &l0 {a: b}\n${levels.join("\n")}\n`)), {
      message: "yaml: document contains excessive aliasing",
    });
  });

  it("anything else with the one error", () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."a:- \n\t{}[]&*!|>'\"%@`#,?~<=0.é\0\\/") }),
        (text) => {
          try {
            whole(parseYaml(text));
          } catch (error) {
            assert.equal(CountersignError.from(error).code, "CONFIG_INVALID");
          }
        },
      ),
    ));
});
