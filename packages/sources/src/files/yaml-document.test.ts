import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { parseJson } from "@countersign/engine/values/strict-json";
import fc from "fast-check";
import { readYamlDocument } from "./yaml-document.ts";

describe("readYamlDocument reads", () => {
  const rows: ReadonlyArray<readonly [what: string, yaml: string, json: string]> = [
    ["a map", "a: x\nb: y\n", `{"a":"x","b":"y"}`],
    ["a list of maps", "a:\n  - b: 1\n  - b: 2\n", `{"a":[{"b":1},{"b":2}]}`],
    ["JSON", `{"a": [true, null, "x"]}`, `{"a":[true,null,"x"]}`],
    ["a key twice, for its reader to refuse", "a: x\na: y\n", `{"a":"x","a":"y"}`],
    ["a name that objects have anyway", "__proto__: x\n", `{"__proto__":"x"}`],
    ["words that are no truth values any more", "a: yes\nb: off\n", `{"a":"yes","b":"off"}`],
    ["a time as text", "at: 2026-01-01T00:00:00Z\n", `{"at":"2026-01-01T00:00:00Z"}`],
    ["an image with a tag as text", "- a.example:5000/b:1\n", `["a.example:5000/b:1"]`],
    ["nothing after a colon as null", "a:\n", `{"a":null}`],
    ["a text of several lines", "a: |\n  x\n  y\n", `{"a":"x\\ny\\n"}`],
    ["a file that begins with a mark", "\ufeffa: x\n", `{"a":"x"}`],
  ];
  for (const [what, yaml, json] of rows) {
    it(what, () => assert.deepEqual(readYamlDocument(yaml).root, parseJson(json)));
  }

  it("lists in lists as deep as is read", () => {
    const text = `${"[".repeat(65)}${"]".repeat(65)}`;
    assert.deepEqual(readYamlDocument(text).root, parseJson(text));
  });

  it("any JSON, as JSON", () =>
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (json) => {
        assert.deepEqual(readYamlDocument(json).root, parseJson(JSON.stringify(JSON.parse(json))));
      }),
    ));
});

describe("readYamlDocument knows the place", () => {
  const text = "# a comment\na: x\nlist:\n  - b: 1\n\n  - b: 2\n    c:\n";
  const rows: ReadonlyArray<readonly [of: string, path: string, line: number]> = [
    ["of the whole", "", 1],
    ["of a member", "a", 2],
    ["of an item", "list[1]", 6],
    ["of a member of an item", "list[1].c", 7],
    ["of the item where a member is missing", "list[0].d", 4],
  ];
  for (const [of, path, line] of rows) {
    it(of, () => assert.equal(readYamlDocument(text).placeOf(path).line, line));
  }
});

describe("readYamlDocument refuses", () => {
  const deep = (line: number) => new RegExp(`^line ${line}: nested more than 64 deep$`);
  const rows: ReadonlyArray<readonly [why: string, yaml: string, message: RegExp]> = [
    ["nothing", "", /^line 1: the file is empty$/],
    ["comments alone", "# x\n", /^line 1: the file is empty$/],
    ["a list that does not end", "a: x\nb: [1,\n", /^line 3: Flow sequence/],
    ["two documents", "a: x\n---\nb: y\n", /^line 2: only one document is expected$/],
    ["an anchor", "a: x\nb: &x 1\n", /^line 2: anchors are not read$/],
    ["an anchor and its alias", "a: &x [1]\nb: *x\n", /^line 1: anchors are not read$/],
    ["a tag", "a: !!binary aGk=\n", /^line 1: tags \(tag:yaml\.org,2002:binary\) are not read$/],
    ["a tag that nobody knows", "a: !foo b\n", /^line 1: Unresolved tag: !foo$/],
    ["merging", "a: {<<: {b: 1}}\n", /^line 1: merging \(<<\) is not read$/],
    ["a list for a key", "? [a]\n: b\n", /^line 1: a key must be a text$/],
    ["a number for a key", "1: b\n", /^line 1: a key must be a text$/],
    // the library would call itself for each, and run out of stack
    ["lists in lists without end", "[".repeat(100_000), deep(1)],
    ["maps in maps without end", `a:\n  ${"{a: ".repeat(20_000)}`, deep(2)],
    ["items of items without end", `${"- ".repeat(50_000)}a`, deep(1)],
    ["keys of keys without end", `a: x\n---\n${"? ".repeat(20_000)}a`, deep(3)],
    ["lists in lists", `${"[".repeat(70)}${"]".repeat(70)}`, deep(1)],
  ];
  for (const [why, yaml, message] of rows) {
    it(why, () => assert.throws(() => readYamlDocument(yaml), { code: "CONFIG_INVALID", message }));
  }

  it("or reads, but does not fail in another way", () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(..."ab1:-?&*!|>[]{}, \n\t#'\"%~<")).map((some) => some.join("")),
        (text) => {
          try {
            readYamlDocument(text);
          } catch (error) {
            assert.ok(error instanceof CountersignError && error.code === "CONFIG_INVALID", String(error));
          }
        },
      ),
      { numRuns: 2000 },
    ));
});
