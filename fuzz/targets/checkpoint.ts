import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { parseCheckpoint, requireCheckpointOf } from "@countersign/engine/signature/sigstore/checkpoint";
import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  type NoteSigner,
  noteSigner,
  signNote,
  witness,
} from "@countersign/testkit/signing-kit/sigstore/checkpoint";
import {
  now,
  rekor,
  rekorTiles,
  sigstore,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import type { Mutate } from "../mutate/mutate.ts";
import { mutateText } from "../mutate/text.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * A checkpoint, of a log that may sign anything, and of nobody. What counts as the log's, the log has signed, under its
 * name; and it says what a plain reading of its lines says.
 */
export function openTarget(): Target {
  const seeds = logs.flatMap(({ text, signers }) => [
    signNote(text, signers),
    signNote(text, signers.slice(0, 1)),
  ]);
  return { seeds: seeds.map((note) => Buffer.from(note)), mutate, check };
}

const { transparencyLogs } = parseTrustedRoot(sigstore.trustedRoot);
const cosigner = witness("witness.example", createSigningKey("witness", "ed25519"), now);
const logs = [rekor, rekorTiles].map(({ host, key }) => ({
  host,
  key: createPublicKey(key.publicKeyPem),
  signers: [noteSigner(host, key), cosigner] as const satisfies readonly NoteSigner[],
  text: `${host}${host === rekor.host ? " - 1" : ""}\n5\n${Buffer.alloc(32, 7).toString("base64")}\n`,
}));

const mutateNote = mutateText([
  ...(["0", "1", "-", "\u2014", "\n", "\n\n", " ", "=", "AAAA", "rekor", "+", rekor.host] as const),
  ...[rekorTiles.host, "18446744073709551616", "\r\n", "\u2028"],
]);

/** Half of them signed again, by one of the logs. */
const mutate: Mutate = (draw, input, other) => {
  const mutated = mutateNote(draw, input, other);
  if (draw.chance(0.5)) return mutated;
  const text = mutated.toString().replace(/\n\n.*$/s, "\n");
  return Buffer.from(signNote(text, draw.one(logs as unknown as readonly [Log, ...Log[]]).signers));
};

type Log = (typeof logs)[0];

function check(input: Uint8Array): string {
  const note = Buffer.from(input).toString();
  const read = reading(["SIGNATURE_INVALID"], () => parseCheckpoint(note));
  if (read.type === "refused") return read.outcome;
  const { origin, size, rootHash, signatures } = read.value;
  const [text = "", ...others] = note.split("\n\n");
  const lines = text.split("\n");
  assert.equal(others.length, 1, "more than one blank line");
  assert.deepEqual([origin, String(size), Buffer.from(rootHash).toString("base64")], lines.slice(0, 3));
  const outcomes = transparencyLogs.map((trusted) => {
    const judged = reading(["SIGNATURE_INVALID"], () => requireCheckpointOf(trusted, read.value));
    if (judged.type === "refused") return judged.outcome;
    const log = logs.find(({ host }) => host === trusted.origin);
    assert.ok(log, "a log of no name");
    assert.ok(origin === log.host || origin.startsWith(`${log.host} - `), "another log's origin");
    const isSigned = signatures.some(
      ({ name, signature }) =>
        name === log.host &&
        verify(
          log.key.asymmetricKeyType === "ec" ? "sha256" : null,
          Buffer.from(`${text}\n`),
          log.key,
          signature,
        ),
    );
    assert.ok(isSigned, "the log has not signed it");
    return "the log's";
  });
  return outcomes.join("; ");
}
