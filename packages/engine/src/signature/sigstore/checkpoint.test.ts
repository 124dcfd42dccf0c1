import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  checkpointText,
  noteSigner,
  signatureLine,
  signNote,
  witness,
} from "@countersign/testkit/signing-kit/sigstore/checkpoint";
import fc from "fast-check";
import { parsePkix } from "../public-key-pem.ts";
import { parseCheckpoint, requireCheckpointOf } from "./checkpoint.ts";
import type { TransparencyLog } from "./trusted-root.ts";

const host = "log.example";
const root = Buffer.alloc(32, 7);
const valid = { origin: host, size: 9, root };

for (const kind of ["ed25519", "p256", "p384", "rsa2048"] as const) {
  const key = createSigningKey("log", kind);
  const own = noteSigner(host, key);
  const log: TransparencyLog = {
    id: own.keyId,
    key: parsePkix(key.spki),
    window: { from: 0, to: undefined },
    origin: host,
  };
  const text = checkpointText(valid);
  const check = (note: string, by = log) => requireCheckpointOf(by, parseCheckpoint(note));

  describe(`a checkpoint of a log with a key of ${kind} is accepted`, () => {
    const bare: TransparencyLog = { ...log, origin: undefined };
    const stranger = createSigningKey("stranger", kind);
    const accepted: ReadonlyArray<readonly [why: string, note: string, by?: TransparencyLog]> = [
      ["as the log signs it", signNote(text, [own])],
      [
        "with lines of its own",
        signNote(checkpointText({ ...valid, furtherLines: ["Timestamp: 1"] }), [own]),
      ],
      [
        "with the number of a tree in its origin",
        signNote(checkpointText({ ...valid, origin: `${host} - 17` }), [own]),
      ],
      ["with a witness before it", signNote(text, [witness("w.example", stranger, 1), own])],
      ["with another key of the same name beside it", signNote(text, [noteSigner(host, stranger), own])],
      ["by a key of which no host is known", signNote(text, [own]), bare],
      [
        "of a log that serves at a port and does not say so",
        signNote(text, [own]),
        { ...log, origin: `${host}:8443` },
      ],
    ];
    for (const [why, note, by] of accepted) it(why, () => check(note, by));
  });

  describe(`a checkpoint of a log with a key of ${kind} is refused`, () => {
    const stranger = createSigningKey("stranger", kind);
    const refused: ReadonlyArray<readonly [why: string, note: string, says: RegExp]> = [
      [
        "signed by nobody who is known",
        signNote(text, [noteSigner("w.example", stranger)]),
        /no signature is of the log's key/,
      ],
      [
        "signed by another key of that name",
        signNote(text, [noteSigner(host, stranger)]),
        /no signature is of the log's key/,
      ],
      [
        "signed under another name",
        signNote(text, [noteSigner("other.example", key)]),
        /no signature is of the log's key/,
      ],
      [
        "of another origin",
        signNote(checkpointText({ ...valid, origin: "other.example" }), [own]),
        /its origin is "other.example"/,
      ],
      [
        "of an origin that only begins so",
        signNote(checkpointText({ ...valid, origin: `${host} - x` }), [own]),
        /its origin is/,
      ],
      [
        "whose size was changed",
        signNote(text, [own]).replace("\n9\n", "\n8\n"),
        /signature does not verify/,
      ],
      [
        "with the signature of another",
        `${text}\n${signatureLine(host, own.keyId, own.sign("other"))}`,
        /signature does not verify/,
      ],
      [
        "with a false signature beside the true one",
        `${signNote(text, [own])}${signatureLine(host, own.keyId, own.sign("other"))}`,
        /signature does not verify/,
      ],
    ];
    for (const [why, note, message] of refused) {
      it(why, () => assert.throws(() => check(note), { code: "SIGNATURE_INVALID", message }));
    }
  });
}

describe("parseCheckpoint refuses", () => {
  const own = noteSigner(host, createSigningKey("log", "ed25519"));
  const signed = (changes: object) => signNote(checkpointText({ ...valid, ...changes }), [own]);
  const refused: ReadonlyArray<readonly [why: string, note: string, says: RegExp]> = [
    ["nothing", "", /no blank line/],
    ["text without signatures", checkpointText(valid), /no blank line/],
    ["an end without a line's end", signed({}).slice(0, -1), /no blank line/],
    ["no lines at all", `\n${signed({}).slice(signed({}).indexOf("\n\n"))}`, /a line of its text is empty/],
    ["an empty origin", signed({ origin: "" }), /there is no origin/],
    ["an empty line in its text", signed({ furtherLines: [""] }), /a line of its text is empty/],
    ["no size", signed({ size: undefined }), /size/],
    ["a size with a sign", signed({ size: "+9" }), /size/],
    ["a size that begins with 0", signed({ size: "09" }), /size/],
    ["a size beyond all trees", signed({ size: "1".repeat(20) }), /size/],
    ["no root", signed({ root: undefined }), /root/],
    ["a short root", signed({ root: root.subarray(1) }), /root/],
    ["a line that is no signature", `${signed({})}hello\n`, /a signature line is malformed/],
    [
      "a signature of nothing but a hint",
      `${checkpointText(valid)}\n${signatureLine(host, own.keyId, Buffer.alloc(0))}`,
      /malformed/,
    ],
    [
      "more signatures than there are witnesses",
      signed({}) + signatureLine("w", own.keyId, root).repeat(100),
      /more than 100/,
    ],
    ["a book", `${"x".repeat(70_000)}\n${signed({})}`, /over 65536/],
  ];
  for (const [why, note, message] of refused) {
    it(why, () => assert.throws(() => parseCheckpoint(note), { code: "SIGNATURE_INVALID", message }));
  }

  it("whatever else, by no other error", () => {
    const note = signed({});
    fc.assert(
      fc.property(fc.nat(note.length), fc.nat(20), fc.string({ maxLength: 6 }), (at, length, instead) => {
        try {
          parseCheckpoint(note.slice(0, at) + instead + note.slice(at + length));
        } catch (caught) {
          assert.equal((caught as { code?: string }).code, "SIGNATURE_INVALID");
        }
      }),
    );
  });
});
