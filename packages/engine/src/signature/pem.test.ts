import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { nextPemBlock, pemText } from "./pem.ts";

const block = "-----BEGIN X-----\nQUJD\n-----END X-----\n";

describe("nextPemBlock forgives, as Go does,", () => {
  const forgiven: ReadonlyArray<readonly [why: string, text: string, rest?: string]> = [
    ["nothing at all", block],
    ["text before the block", `hello\n${block}`],
    ["a BEGIN without END before it", `-----BEGIN Y-----\nQUJD\n${block}`],
    ["a block that does not decode before it", `-----BEGIN X-----\n?\n-----END X-----\n${block}`],
    ["no newline at the end", block.trimEnd()],
    ["CRLF", block.replaceAll("\n", "\r\n")],
    ["blanks at line ends", block.replaceAll("\n", " \t\n")],
    ["blanks and line ends in the base64", "-----BEGIN X-----\nQ U\n\tJD\n-----END X-----\n"],
    ["text after the block", `${block}tail`, "tail"],
    ["a second block", block + block, block],
  ];
  for (const [why, text, rest = ""] of forgiven) {
    it(why, () => {
      const found = nextPemBlock(text);
      assert.equal(found?.block.label, "X");
      assert.equal(Buffer.from(found.block.bytes).toString(), "ABC");
      assert.equal(found.block.hasHeaders, false);
      assert.equal(found.rest, rest);
    });
  }
});

describe("nextPemBlock finds nothing in", () => {
  const nothing: ReadonlyArray<readonly [why: string, text: string]> = [
    ["nothing", ""],
    ["text", "this is not PEM"],
    ["a BEGIN that does not start a line", ` ${block}`],
    ["another label at the end", "-----BEGIN X-----\nQUJD\n-----END Y-----\n"],
    ["text after the END", "-----BEGIN X-----\nQUJD\n-----END X-----x\n"],
    ["a BEGIN without its dashes", "-----BEGIN X\nQUJD\n-----END X-----\n"],
    ["base64 without padding", "-----BEGIN X-----\nQUI\n-----END X-----\n"],
    ["base64 with a character too many", "-----BEGIN X-----\nQUJDR\n-----END X-----\n"],
    ["the URL alphabet", "-----BEGIN X-----\nQU-_\n-----END X-----\n"],
    ["headers that swallow the END", "-----BEGIN X-----\nA: b\n-----END X-----:\n"],
  ];
  for (const [why, text] of nothing) it(why, () => assert.equal(nextPemBlock(text), undefined));
});

it("nextPemBlock notices headers", () => {
  const found = nextPemBlock("-----BEGIN X-----\nProc-Type: 4\n\nQUJD\n-----END X-----\n");
  assert.equal(found?.block.hasHeaders, true);
  assert.equal(Buffer.from(found.block.bytes).toString(), "ABC");
});

it("nextPemBlock accepts an empty block", () => {
  assert.equal(nextPemBlock("-----BEGIN X-----\n-----END X-----\n")?.block.bytes.length, 0);
});

it("nextPemBlock, given anything made of its own marks, ends and consumes", () => {
  const pieces = fc.constantFrom(
    "-----BEGIN ",
    "-----END ",
    "-----",
    "\n",
    "X",
    "A: b",
    "QUJD",
    " ",
    "\r\n",
    block,
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      let rest = pemText(Buffer.from(parts.join("")));
      for (let found = nextPemBlock(rest); found !== undefined; found = nextPemBlock(rest)) {
        assert.ok(found.rest.length < rest.length);
        rest = found.rest;
      }
    }),
    { numRuns: 500 },
  );
});
