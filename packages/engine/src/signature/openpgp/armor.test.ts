import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { armor } from "@countersign/testkit/signing-kit/gpg/packet";
import fc from "fast-check";
import { dearmor } from "./armor.ts";

const bytes = Buffer.from(Array.from({ length: 99 }, (_, at) => at));
const block = armor("PUBLIC KEY BLOCK", bytes);
const read = (text: string) => dearmor(Buffer.from(text));

describe("dearmor reads", () => {
  const rows: ReadonlyArray<readonly [what: string, text: string, times?: number]> = [
    ["a block", block],
    ["a block with headers", armor("PUBLIC KEY BLOCK", bytes, ["Version: GnuPG v2.0.22", "Comment:"])],
    ["a block of a secret key, by its label", armor("PRIVATE KEY BLOCK", bytes)],
    ["text before it", `release key 2\n\n-----BEGIN SOMETHING-----\n${block}`],
    ["text behind it", `${block}text\n`],
    ["Windows' line ends", block.replaceAll("\n", "\r\n")],
    ["blanks behind lines", block.replaceAll("\n", " \t\n")],
    ["several blocks", `${block}text\n${block}`, 2],
    ["no check octets", block.replace(/\n=....\n/, "\n")],
    ["nothing behind a block without check octets", `${block.replace(/\n=....\n/, "\n")}${block}`],
    ["no last line", block.replace(/-----END.*\n/, "")],
    ["no empty line before the data", block.replace("\n\n", "\n")],
    ["what is no base64 as nothing", block.replace("\n\n", "\n\n*-*")],
    ["no other kind of block", `${armor("MESSAGE", bytes)}${block}`],
  ];
  for (const [what, text, times = 1] of rows) {
    it(what, () => {
      const { packets, isBroken } = read(text);
      assert.deepEqual(Buffer.from(packets), Buffer.concat(Array.from({ length: times }, () => bytes)));
      assert.equal(isBroken, false);
    });
  }
  it("packets as they are", () => {
    const packets = Buffer.from("99000100", "hex");
    assert.deepEqual(dearmor(packets), { packets, isBroken: false });
  });
  it("nothing where there is no block", () => assert.equal(read("no block\n").packets.length, 0));
});

describe("dearmor finds broken", () => {
  const rows: ReadonlyArray<readonly [what: string, text: string]> = [
    ["wrong check octets", block.replace(/\n=....\n/, "\n=AAAA\n")],
    ["check octets that are too short", block.replace(/\n=....\n/, "\n=AA\n")],
    ["a lost character", block.replace(/\n\n./, "\n\n")],
  ];
  for (const [what, text] of rows) it(what, () => assert.equal(read(text).isBroken, true));
});

it("dearmor gives back what was armored, in whatever text", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.string(), (content, text) => {
      const { packets } = read(`x${text.replaceAll("\n", " ")}\n${armor("PUBLIC KEY BLOCK", content)}`);
      assert.deepEqual(Buffer.from(packets), Buffer.from(content));
    }),
  );
});
