import assert from "node:assert/strict";
import { parseBundle } from "@countersign/engine/signature/sigstore/parse-bundle";
import type { LogEntry, SignedEntity } from "@countersign/engine/signature/sigstore/signed-entity";
import { conformanceCases } from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-cases";
import { Bundle, type TransparencyLogEntry } from "@sigstore/protobuf-specs";
import { mutateBundle } from "../mutate/bundle.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/** A bundle as it is read, before anything is verified: protobuf's own reader finds in it what we find. */
export function openTarget(): Target {
  return { seeds: conformanceCases().map(({ bundle }) => bundle), mutate: mutateBundle, check };
}

function check(input: Uint8Array): string {
  const read = reading(["SIGNATURE_INVALID"], () => parseBundle(input));
  if (read.type === "refused") return read.outcome;
  const entity = read.value;
  const theirs = Bundle.fromJSON(JSON.parse(Buffer.from(input).toString()));
  checkContent(entity, theirs);
  checkSigner(entity, theirs);
  const material = theirs.verificationMaterial;
  const entries = material?.tlogEntries ?? [];
  assert.equal(entity.logEntries.length, entries.length, "other log entries");
  for (const [at, entry] of entity.logEntries.entries()) checkEntry(entry, entries[at]);
  const stamps = material?.timestampVerificationData?.rfc3161Timestamps ?? [];
  assert.deepEqual(
    entity.timestamps.map(hex),
    stamps.map(({ signedTimestamp }) => hex(signedTimestamp)),
  );
  const { content, signer, logEntries, timestamps, format } = entity;
  return `accepted ${format} ${content.type} ${signer.type} ${logEntries.length} ${timestamps.length}`;
}

function checkContent({ content }: SignedEntity, { content: theirs }: Bundle): void {
  if (content.type === "envelope") {
    assert.ok(theirs?.$case === "dsseEnvelope", "an envelope that it has not");
    const { payload, payloadType, signatures } = theirs.dsseEnvelope;
    assert.deepEqual([hex(content.payload), content.payloadType], [hex(payload), payloadType]);
    assert.deepEqual(
      [{ keyid: content.keyId, sig: hex(content.signature) }],
      signatures.map(({ keyid, sig }) => ({ keyid, sig: hex(sig) })),
    );
  } else {
    assert.ok(theirs?.$case === "messageSignature", "a message signature that it has not");
    const { signature, messageDigest } = theirs.messageSignature;
    assert.equal(hex(content.signature), hex(signature));
    assert.equal(content.digest && hex(content.digest.value), messageDigest && hex(messageDigest.digest));
  }
}

function checkSigner({ signer }: SignedEntity, theirs: Bundle): void {
  const ours = signer.type === "key" ? [signer.hint] : [signer.leaf, ...signer.chain].map(hex);
  assert.deepEqual([signer.type, ...ours], theirSigner(theirs));
}

function theirSigner({ verificationMaterial }: Bundle): readonly string[] {
  const theirs = verificationMaterial?.content;
  switch (theirs?.$case) {
    case "publicKey":
      return ["key", theirs.publicKey.hint];
    case "certificate":
      return ["certificate", hex(theirs.certificate.rawBytes)];
    case "x509CertificateChain":
      return [
        "certificate",
        ...theirs.x509CertificateChain.certificates.map(({ rawBytes }) => hex(rawBytes)),
      ];
    case undefined:
      return [];
  }
}

function checkEntry(entry: LogEntry, theirs: TransparencyLogEntry | undefined): void {
  assert.ok(theirs, "an entry that it has not");
  const { logIndex, logId, kindVersion, integratedTime, inclusionPromise, canonicalizedBody } = theirs;
  assert.deepEqual(
    [entry.logIndex, entry.integratedTime].map(String),
    [logIndex || "0", integratedTime || "0"],
    "other numbers",
  );
  assert.deepEqual([entry.kind, entry.version], [kindVersion?.kind, kindVersion?.version]);
  assert.equal(hex(entry.logId), hex(logId?.keyId));
  assert.equal(hex(entry.body), hex(canonicalizedBody));
  assert.equal(hex(entry.promise), hex(inclusionPromise?.signedEntryTimestamp));
  if (entry.proof === undefined) return;
  const { inclusionProof } = theirs;
  assert.deepEqual(entry.proof.hashes.map(hex), inclusionProof?.hashes.map(hex), "another path");
  assert.equal(entry.proof.checkpoint, inclusionProof?.checkpoint?.envelope, "another checkpoint");
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("hex");
}
