import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseNamespace } from "./namespace.ts";

describe("parseNamespace accepts", () => {
  const accepted: readonly (readonly [why: string, text: string])[] = [
    ["a word", "default"],
    ["hyphens inside", "kube-system"],
    ["a single character", "a"],
    ["digits alone", "42"],
    ["63 characters", "a".repeat(63)],
  ];
  for (const [why, text] of accepted) it(why, () => assert.equal(parseNamespace(text), text));

  it("the absence of a pod as no namespace", () => assert.equal(parseNamespace(""), undefined));
});

describe("parseNamespace refuses", () => {
  const refused: readonly (readonly [why: string, text: string])[] = [
    ["64 characters", "a".repeat(64)],
    ["a parent directory", ".."],
    ["a way out of the directory", "../policy"],
    ["a subdirectory", "a/b"],
    ["a backslash", "a\\b"],
    ["a dot", "a.b"],
    ["a NUL, which ends a path for the kernel", "a\0"],
    ["a capital letter", "Default"],
    ["a leading hyphen", "-a"],
    ["a trailing hyphen", "a-"],
    ["a trailing newline", "default\n"],
    ["white space", "a b"],
    ["a letter that only looks like one of ASCII", "dеfault"],
    ["a megabyte", "a".repeat(1 << 20)],
  ];
  for (const [why, text] of refused)
    it(why, () => assert.throws(() => parseNamespace(text), { code: "NAMESPACE_INVALID" }));

  it("with a message that stays short", () =>
    assert.throws(
      () => parseNamespace("A".repeat(1 << 20)),
      (error: Error) => error.message.length < 400,
    ));
});

it("parseNamespace never lets a text name a file outside the directory", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.stringMatching(/^[a-z0-9./\\-]{1,70}$/),
    fc.constantFrom(".", "..", "../..", "/etc/passwd", "a/../b", "%2e%2e"),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      const namespace = accepted(text);
      if (namespace === undefined) return;
      assert.equal(dirname(join("/policies", `${namespace}.json`)), "/policies");
    }),
    { numRuns: 2000 },
  );
});

function accepted(text: string): string | undefined {
  try {
    return parseNamespace(text);
  } catch {
    return undefined;
  }
}
