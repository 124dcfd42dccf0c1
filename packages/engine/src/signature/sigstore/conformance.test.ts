import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, it } from "node:test";
import {
  type ConformanceCase,
  identity,
  issuer,
  now,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import { conformanceCases } from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-cases";
import { certificateWork } from "../certificate-work.ts";
import { parsePkix } from "../public-key-pem.ts";
import { parseBundle } from "./parse-bundle.ts";
import { parseTrustedRoot } from "./parse-trusted-root.ts";
import type { SignedContent } from "./signed-entity.ts";
import type { Artifact } from "./verified-entity.ts";
import { type BundleQuestion, verifyBundle } from "./verify-bundle.ts";

/** Verifies as sigstore-conformance asks a client to: one log, one certificate log, and the time from either. */
function verify(
  { bundle, trustedRoot, artifact, key }: ConformanceCase,
  by: (content: SignedContent, artifact: Uint8Array) => Artifact,
): void {
  const question: BundleQuestion = {
    artifact: by(parseBundle(bundle).content, artifact),
    signer:
      key === undefined
        ? { type: "identity", name: identity, issuer }
        : { type: "key", keys: [parsePkix(key.spki)], hashAlgorithm: undefined },
    trust: parseTrustedRoot(trustedRoot),
    demands: { logs: 1, timestamps: 0, scts: 1, now },
  };
  verifyBundle(bundle, question, certificateWork());
}

function bytesOf(_content: SignedContent, bytes: Uint8Array): Artifact {
  return { type: "bytes", bytes };
}

/** By the algorithm that the bundle names. */
function digestOf(content: SignedContent, bytes: Uint8Array): Artifact {
  const algorithm = (content.type === "message" ? content.digest?.algorithm : undefined) ?? "sha256";
  return { type: "digest", algorithm, value: hash(algorithm, bytes, "buffer") };
}

const cases = conformanceCases();

/** Why each is refused: for its own fault, and no other. */
const reasons: Readonly<Record<string, string>> = {
  "bundle-empty-certificate-chain": "bundle: verificationMaterial: there is no certificate",
  "bundle-with-root-cert": "certificate: its chain holds a root certificate",
  "bundle-from-wrong-instance": "0 trusted logs took the signature, 1 are demanded",
  "bundle-invalid-base64-signature":
    "bundle: messageSignature.signature: illegal base64 data at input byte 3",
  "bundle-malformed-json": "bundle: unexpected end of JSON input",
  "bundle-negative-log-index": "bundle: verificationMaterial.tlogEntries[0].logIndex: -1 is negative",
  "bundle-unknown-version": "bundle: mediaType: ",
  "message-digest-mismatch": "the signature is over the digest of another artifact",
  "a message digest by another hash, of another artifact":
    "the signature is over the digest of another artifact",
  "an entry of a key of no known kind":
    "log entry 1: body.spec.hashedRekordV002.signature.verifier.keyDetails: one of PKCS1_RSA_PKCS1V5, ",
  "signature-mismatch": "log entry 1: it is about another signature",
  "wrong-material": "the signature is over the digest of another artifact",
  "a bundle for a certificate's other key": "the signature is not of the certificate's key",
  "a bundle with a message and an envelope": "bundle: messageSignature and dsseEnvelope are both there",
  "invalid-ct-key": "certificate: SCT 1: its signature does not verify",
  "a certificate that no log promised to show":
    "certificate: 0 trusted certificate logs promise to show it, 1 are demanded",
  "a certificate that an unknown log promised to show":
    "certificate: 0 trusted certificate logs promise to show it, 1 are demanded",
  "a certificate promised twice by one log": "certificate: SCT 2: its log has promised already",
  "a certificate for servers": "certificate: x509: certificate specifies an incompatible key usage",
  "integrated-time-in-future": "certificate: x509: certificate has expired or is not yet valid",
  "intoto-set-outside-signing-cert-validity":
    "certificate: x509: certificate has expired or is not yet valid",
  "intoto-expired-certificate": "certificate: https://fulcio.pocket.example",
  "set-invalid-signature": "log entry 1: its promise does not verify",
  "a promise by another key": "log entry 1: its promise does not verify",
  "invalid-inclusion-proof": "log entry 1: inclusion proof: it does not lead to the root of the tree",
  "inclusion-proof-corrupted-hash": "log entry 1: inclusion proof: it does not lead to the root of the tree",
  "a proof that is cut off": "log entry 1: inclusion proof: it does not lead to the root of the tree",
  "a proof with a hash too many": "log entry 1: inclusion proof: it does not lead to the root of the tree",
  "intoto-missing-inclusion-proof": "bundle: verificationMaterial.tlogEntries[0].inclusionProof is missing",
  "checkpoint-wrong-roothash": "log entry 1: inclusion proof: its root is not that of the checkpoint",
  "checkpoint-bad-keyhint": "log entry 1: checkpoint: no signature is of the log's key",
  "invalid-checkpoint-signature": "log entry 1: checkpoint: the log's signature does not verify",
  "a time that no promise covers": "nobody who is trusted says when it was signed",
  "the same entry twice": "log entry 2: it is there twice",
  "dsse-invalid-sig": "the signature is not of the certificate's key",
  "an envelope whose signature is wrong, logged like that": "the signature is not of the certificate's key",
  "dsse-mismatch-envelope": "log entry 1: it is about another signature",
  "dsse-mismatch-sig": "log entry 1: it is about another signature",
  "intoto-log-entry-mismatch": "log entry 1: it is about another signature",
  "wrong-hashedrekord-artifact": "log entry 1: it is about another artifact",
  "wrong-hashedrekord-cert-and-sig": "log entry 1: it is about another certificate",
  "wrong-hashedrekord-entry": "log entry 1: it is about another signature",
  "incorrect-public-key": "log entry 1: it is about another certificate",
  "an entry of another kind than it says":
    'log entry 1: body: it is "hashedrekord" 0.0.1, the entry says "dsse" 0.0.1',
  "an entry of another version than it says": "log entry 1: inclusion proof: it is of entry ",
  "an entry of an unknown log": "0 trusted logs took the signature, 1 are demanded",
  "a signature by another key, logged": "the signature is not of the certificate's key",
  "another message's signature": "the signature is not of the certificate's key",
  "a log that is trusted no longer": "log entry 1: its log's key is not valid at its time",
  "a log that is not trusted yet": "log entry 1: its log's key is not valid at its time",
  "trust-root-tlog-missing-validity-start": "trusted root: tlogs[0].publicKey.validFor.start is missing",
  "rekor2-dsse-invalid-sig": "the signature is not of the certificate's key",
  "rekor2-dsse-mismatch-envelope": "log entry 1: it is about another signature",
  "rekor2-dsse-mismatch-sig": "log entry 1: it is about another signature",
  "another envelope as Rekor v2 once took it": "log entry 1: it is about another signature",
  "rekor2-no-inclusion-proof": "bundle: verificationMaterial.tlogEntries[0].inclusionProof is missing",
  "a checkpoint over another tree":
    "log entry 1: inclusion proof: it is of a tree of 6, the checkpoint of one of ",
  "rekor2-checkpoint-missing-log-signature": "log entry 1: checkpoint: a signature line is malformed",
  "rekor2-checkpoint-missing-origin": "log entry 1: checkpoint: the size of the tree is no number",
  "rekor2-checkpoint-missing-root-hash": "log entry 1: checkpoint: the root is no SHA-256 hash",
  "rekor2-checkpoint-missing-size": "log entry 1: checkpoint: the size of the tree is no number",
  "rekor2-checkpoint-no-matching-signature":
    'log entry 1: checkpoint: its origin is "log.strangers.example", not log2026.rekor.pocket.example',
  "rekor2-checkpoint-cosigned-only": "log entry 1: checkpoint: no signature is of the log's key",
  "rekor2-checkpoint-signed-by-a-stranger": "log entry 1: checkpoint: no signature is of the log's key",
  "rekor2-checkpoint-with-an-empty-line": "log entry 1: checkpoint: a line of its text is empty",
  "rekor2-checkpoint-of-another-origin":
    'log entry 1: checkpoint: its origin is "log.strangers.example", not log2026.rekor.pocket.example',
  "rekor2-no-timestamp": "nobody who is trusted says when it was signed",
  "rekor2-timestamp-outside-trust-root-tsa-validity": "the authority is not trusted at its time",
  "an authority that is not trusted yet": "the authority is not trusted at its time",
  "rekor2-timestamp-outside-tsa-cert-validity": "its certificate: x509: certificate has expired",
  "rekor2-timestamp-outside-tsa-root-validity": "its certificate: x509: certificate has expired",
  "rekor2-timestamp-payload-mismatch": "it is of another signature",
  "rekor2-timestamp-untrusted-tsa-with-embedded-cert": "its certificate is another one",
  "rekor2-timestamp-untrusted-tsa-without-embedded-cert": "its certificate is another one",
  "rekor2-timestamp-with-incorrect-time": "certificate: x509: certificate has expired or is not yet valid",
  "intoto-tsa-timestamp-outside-cert-validity":
    "certificate: x509: certificate has expired or is not yet valid",
  "an authority whose certificate is for signing code": "its certificate is not for timestamps alone",
  "a timestamp by another key": "its signature does not verify: x509: ECDSA verification failure",
  "a timestamp whose attributes are of other content": "what it says is not what was signed",
  "a timestamp that was refused": "the authority did not grant it",
  "a timestamp whose signature is broken": "its signature does not verify: x509: ECDSA verification failure",
  "a timestamp of no such day": "malformed timestamp: its time",
  "a timestamp over SHA-1": "its imprint is by no known hash",
  "managed-key-no-key": "signed with a key, where a certificate is expected",
  "managed-key-wrong-key": "the signature is not of the expected key",
  "a certificate where a key is expected": "signed with a certificate, where a key is expected",
  "a key's entry in a log that nobody trusts": "0 trusted logs took the signature, 1 are demanded",
  "a key's bundle that is in no log": "0 trusted logs took the signature, 1 are demanded",
  "a key's bundle logged under another key": "log entry 1: it is about another key",
};

describe("of the bundles of the kit", () => {
  for (const one of cases) {
    const isGood = !one.name.endsWith("_fail");
    it(`${one.name} is ${isGood ? "accepted" : "refused"}`, () => {
      if (isGood) verify(one, bytesOf);
      else assert.throws(() => verify(one, bytesOf), refusalFor(one.name));
    });
  }
});

describe("of the bundles of the kit, of whose artifact the digest is known,", () => {
  for (const one of cases) {
    const isGood = !one.name.endsWith("_fail");
    it(`${one.name} is ${isGood ? "accepted" : "refused"}`, () => {
      if (isGood) verify(one, digestOf);
      else assert.throws(() => verify(one, digestOf), isRefusal);
    });
  }
});

function refusalFor(name: string): (caught: unknown) => boolean {
  const reason = reasons[name.replace(/_fail$/, "")] ?? "(no reason is given here)";
  return (caught) => isRefusal(caught) && String(caught).includes(reason);
}

function isRefusal(caught: unknown): boolean {
  const { code } = caught as { readonly code?: string };
  return code === "SIGNATURE_INVALID" || code === "TRUST_MATERIAL_INVALID";
}
