import assert from "node:assert/strict";
import { readSignatureBlob } from "@countersign/sources/signature-blob/read-signature-blob";
import { mutateBytes } from "../mutate/bytes.ts";
import { mutateJson } from "../mutate/json.ts";
import { anyOf, type Mutate } from "../mutate/mutate.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/** A signature as a lookaside or a directory keeps it: OpenPGP, or a line that names a format and what follows it. */
export function openTarget(): Target {
  return { seeds, mutate, check };
}

const sigstoreLine = Buffer.from("\0sigstore-json\n");
const seeds = [
  Buffer.from("9001", "hex"),
  Buffer.from("\0simple-signing\nc0"),
  Buffer.from("-----BEGIN PGP MESSAGE-----\n"),
  ...[{}, { mimeType: "a/b", payload: "eHk=", annotations: { a: "b" } }].map((json) =>
    Buffer.concat([sigstoreLine, Buffer.from(JSON.stringify(json))]),
  ),
];

const mutateContent = mutateJson({
  names: ["mimeType", "payload", "annotations", "MimeType", "annotation\u017f", "x"],
  values: ["eHk=", "eH k=", "eHk", "", "a/b", "\u0000"],
});

/** Behind the line that names the format. */
const mutateSigstore: Mutate = (draw, input, other) => {
  const at = input.indexOf("\n") + 1;
  const content = mutateContent(draw, input.subarray(at), other.subarray(other.indexOf("\n") + 1));
  return Buffer.concat([input.subarray(0, at), content]);
};

const mutate = anyOf(mutateSigstore, mutateSigstore, mutateSigstore, mutateBytes);

function check(input: Uint8Array): string {
  const read = reading(["SIGNATURE_UNREADABLE", "TOO_LARGE"], () => readSignatureBlob(input, "/signature-1"));
  if (read.type === "refused") return read.outcome;
  const blob = read.value;
  if (blob.type === "simpleSigning") {
    assert.ok(Buffer.from(input).subarray(-blob.bytes.length).equals(blob.bytes) || blob.bytes.length === 0);
    return `simple signing ${input[0]}`;
  }
  assert.ok(Buffer.from(input).subarray(0, sigstoreLine.length).equals(sigstoreLine));
  return `sigstore ${blob.mediaType === ""} ${Math.min(blob.annotations.size, 3)} ${blob.payload.length === 0}`;
}
