import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson } from "./strict-json.ts";
import { recordOf } from "./strict-record.ts";
import { readText } from "./strict-value.ts";

const read = recordOf({ authorities: readText }, { mode: readText, a: readText });

function faultsOf(text: string): readonly string[] {
  const faults: string[] = [];
  const value = read(parseJson(text), "spec", (path, message) => faults.push(`${path}: ${message}`));
  assert.equal(value === undefined, faults.length > 0);
  return faults;
}

describe("recordOf", () => {
  const rows: ReadonlyArray<readonly [what: string, text: string, faults: readonly string[]]> = [
    ["takes what is whole", '{"authorities": "x"}', []],
    [
      "says what a misspelt member was meant to be, and what is missing then",
      '{"authorites": "x"}',
      [
        'spec.authorites: Unknown key "authorites"; did you mean "authorities"?',
        "spec: authorities is missing",
      ],
    ],
    [
      "guesses at nothing that is far",
      '{"authorities": "x", "image": 1}',
      ['spec.image: Unknown key "image"'],
    ],
    ["guesses at no other letter", '{"authorities": "x", "b": 1}', ['spec.b: Unknown key "b"']],
    [
      "says once that a member comes twice",
      '{"authorities": "x", "authorities": "x"}',
      ['spec.authorities: Duplicate key "authorities"'],
    ],
    ["wants members", '["x"]', ["spec: members are expected (authorities, mode, a), not array"]],
  ];
  for (const [what, text, faults] of rows) it(what, () => assert.deepEqual(faultsOf(text), faults));
});
