import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, it } from "node:test";
import { encodePem } from "@countersign/testkit/signing-kit/issue-certificate";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { bundleBytes, bundleJson } from "@countersign/testkit/signing-kit/sigstore/bundle-json";
import { keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import {
  artifact,
  envelope,
  identity,
  issuer,
  message,
  now,
  otherArtifact,
  rekor,
  rekorTiles,
  signer,
  sigstore,
  timestampAuthority,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import {
  dsse,
  type EntryBody,
  entryBody,
  hashedrekord,
  hashedrekordV2,
} from "@countersign/testkit/signing-kit/sigstore/entry-body";
import type { LogEntryJson } from "@countersign/testkit/signing-kit/sigstore/log-entry-json";
import { base64, type MadeSignature } from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { certificateWork } from "../certificate-work.ts";
import { parsePkix } from "../public-key-pem.ts";
import { parseTrustedRoot } from "./parse-trusted-root.ts";
import { type BundleQuestion, verifyBundle } from "./verify-bundle.ts";

const trust = parseTrustedRoot(sigstore.trustedRoot);
const byIdentity = { type: "identity", name: identity, issuer } as const;

function verify(
  made: MadeSignature,
  entries: readonly LogEntryJson[],
  changes: Partial<Pick<BundleQuestion, "artifact" | "signer">> = {},
) {
  const timestamps = [timestampAuthority.stamp(made.signature, now)];
  const bundle = bundleBytes(bundleJson({ version: "0.2", made, signer, logEntries: entries, timestamps }));
  const question = {
    artifact: { type: "bytes", bytes: artifact },
    signer: byIdentity,
    trust,
    demands: { logs: 1, timestamps: 0, scts: 1, now },
    ...changes,
  } as const;
  return verifyBundle(bundle, question, certificateWork());
}

const signed = envelope();
const logged = [rekor.add(dsse(signed, signer))];

describe("a bundle vouches for an artifact", () => {
  it("by a statement about it", () => assert.equal(verify(signed, logged).statement?.subjects.length, 1));
  it("by a statement about its digest alone", () => {
    const value = hash("sha256", artifact, "buffer");
    verify(signed, logged, { artifact: { type: "digest", algorithm: "sha256", value } });
  });
});

describe("a bundle does not vouch", () => {
  const key = keySigner(createSigningKey("release"));
  const rows: readonly (readonly [
    why: string,
    changes: Partial<Pick<BundleQuestion, "artifact" | "signer">>,
    message: RegExp,
  ])[] = [
    [
      "for an artifact that its statement does not name",
      { artifact: { type: "bytes", bytes: otherArtifact } },
      /^statement: the artifact is none of its subjects$/,
    ],
    [
      "for a digest of another length",
      { artifact: { type: "digest", algorithm: "sha512", value: hash("sha512", artifact, "buffer") } },
      /^statement: the artifact is none of its subjects$/,
    ],
    [
      "in another's name",
      { signer: { ...byIdentity, name: `${identity}x` } },
      /^the certificate is for "https/,
    ],
    [
      "in a part of its name",
      { signer: { ...byIdentity, name: identity.slice(0, -1) } },
      /^the certificate is/,
    ],
    [
      "on another issuer's word",
      { signer: { ...byIdentity, issuer: "https://token.example" } },
      /^the certificate was issued on the word of "https:\/\/token\.ci\.example", not "https:\/\/token\.example"$/,
    ],
    [
      "by a certificate, where a key is expected",
      { signer: { type: "key", keys: [parsePkix(key.key.spki)], hashAlgorithm: undefined } },
      /^signed with a certificate, where a key is expected$/,
    ],
  ];
  for (const [why, changes, message] of rows) {
    it(why, () =>
      assert.throws(() => verify(signed, logged, changes), { code: "SIGNATURE_INVALID", message }),
    );
  }
});

/** What a log took may be about anything, by the same signer: only an entry about this very signature counts. */
describe("a genuine entry of a trusted log counts for nothing", () => {
  const certificate = base64(Buffer.from(encodePem("CERTIFICATE", signer.leaf.der)));
  const firstIntoto = entryBody("intoto", "0.0.1", {
    content: { hash: { algorithm: "sha256", value: hash("sha256", "another envelope") } },
    publicKey: certificate,
  });
  const signature = { signature: base64(signed.signature), verifier: certificate };
  const digests = {
    envelopeHash: { algorithm: "sha256", value: hash("sha256", "its envelope") },
    payloadHash: { algorithm: "sha256", value: hash("sha256", signed.payload) },
  };
  const both = (made: MadeSignature): EntryBody => {
    const { kind, version, bytes } = hashedrekordV2(made, signer);
    const { spec } = JSON.parse(Buffer.from(bytes).toString());
    spec.hashedRekordV002.signature.verifier.publicKey = { rawBytes: base64(signer.leaf.key.spki) };
    return entryBody(kind, version, spec);
  };
  const otherVersion = rekor.add(hashedrekord(message(), signer));
  const rows: readonly (readonly [why: string, made: MadeSignature, entry: LogEntryJson, message: RegExp])[] =
    [
      [
        "that keeps neither signature nor payload, where the envelope's bytes are not known",
        signed,
        rekor.add(firstIntoto),
        /^log entry 1: it says nothing that could be compared with what was signed$/,
      ],
      [
        "that is of some envelope, where an artifact was signed",
        message(),
        rekor.add(firstIntoto),
        /^log entry 1: it is about another envelope$/,
      ],
      [
        "that is of another version than the bundle says",
        message(),
        { ...otherVersion, kindVersion: { kind: "hashedrekord", version: "0.0.3" } },
        /^log entry 1: .*0\.0\.1, the entry says "hashedrekord" 0\.0\.3$/,
      ],
      [
        "with a second signature",
        signed,
        rekor.add(entryBody("dsse", "0.0.1", { ...digests, signatures: [signature, signature] })),
        /^log entry 1: body\.spec\.signatures: one is expected$/,
      ],
      [
        "with no signature",
        signed,
        rekor.add(entryBody("dsse", "0.0.1", { ...digests, signatures: [] })),
        /^log entry 1: body\.spec\.signatures: one is expected$/,
      ],
      [
        "with both a certificate and a key",
        message(),
        rekorTiles.add(both(message())),
        /^log entry 1: .*: one of publicKey and x509Certificate is expected$/,
      ],
    ];
  for (const [why, made, entry, message] of rows) {
    it(why, () => assert.throws(() => verify(made, [entry]), { code: "SIGNATURE_INVALID", message }));
  }
});
