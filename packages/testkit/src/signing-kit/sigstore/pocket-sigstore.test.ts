import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { describe, it } from "node:test";
import { parseDigest } from "@countersign/engine/values/digest";
import { createCertificateLog } from "../certificate-log.ts";
import { createSigningKey, type KeyKind } from "../signing-key.ts";
import { type BundleJson, bundleBytes, bundleJson } from "./bundle-json.ts";
import { type BundleSigner, keySigner, signingKeyOf } from "./bundle-signer.ts";
import { noteSigner, witness } from "./checkpoint.ts";
import { hashedrekord, hashedrekordV2 } from "./entry-body.ts";
import { imageSignature } from "./in-toto-statement.ts";
import { signEnvelope, signMessage } from "./made-signature.ts";
import { type Ceremony, createPocketSigstore } from "./pocket-sigstore.ts";
import { createRekorTiles } from "./rekor.ts";
import { verifyBySigstoreJs } from "./sigstore-js.ts";
import { createTimestampAuthority } from "./timestamp-authority.ts";
import { trustedRootJson } from "./trusted-root-json.ts";

const sigstore = createPocketSigstore();
const artifact = Buffer.from("artifact");
const statement = imageSignature(parseDigest(`sha256:${"ab".repeat(32)}`));
const keyless = sigstore.certify();
const key = keySigner(createSigningKey("managed"));

function verify(json: BundleJson, signer: BundleSigner, changes: Partial<Verification> = {}): void {
  const { trustedRoot, timestamps } = { trustedRoot: sigstore.trustedRoot, timestamps: 1, ...changes };
  verifyBySigstoreJs({
    bundle: bundleBytes(json),
    trustedRoot,
    artifact: json.messageSignature === undefined ? undefined : artifact,
    key: signer.type === "key" ? signer.key.spki : undefined,
    demands: { logs: json.verificationMaterial.tlogEntries.length, timestamps, scts: 1 },
  });
}

interface Verification {
  readonly trustedRoot: Uint8Array;
  readonly timestamps: number;
}

const message = (signer: BundleSigner) => signMessage(signingKeyOf(signer), artifact);
const envelope = (signer: BundleSigner) => signEnvelope(signingKeyOf(signer), statement);

describe("sigstore-js accepts a bundle of the kit", () => {
  const ceremonies: ReadonlyArray<readonly [what: string, ceremony: Ceremony]> = [
    ["0.1, logged by Rekor v1", { version: "0.1" }],
    ["0.2, logged by Rekor v1", { version: "0.2" }],
    ["0.3, logged by Rekor v1", { version: "0.3" }],
    ["0.3 as it was first called", { version: "old 0.3" }],
    ["0.3, logged by Rekor v1 and timestamped", { timestamped: true }],
    ["0.3, logged by Rekor v2", { entry: "rekor v2", timestamped: true }],
    ["0.3, timestamped and not logged", { entry: "none", timestamped: true }],
  ];
  for (const [what, ceremony] of ceremonies) {
    for (const signer of [keyless, key]) {
      it(`${what}: a message signed with a ${signer.type}`, () =>
        verify(sigstore.bundle(message(signer), signer, ceremony), signer));
      it(`${what}: an envelope signed with a ${signer.type}`, () =>
        verify(sigstore.bundle(envelope(signer), signer, ceremony), signer));
    }
  }
  it("with an intoto entry", () =>
    verify(sigstore.bundle(envelope(keyless), keyless, { entry: "intoto" }), keyless));
  it("with a hashedrekord entry of an envelope", () =>
    verify(sigstore.bundle(envelope(keyless), keyless, { entry: "hashedrekord" }), keyless));
  it("of a key, with nobody else", () =>
    verify(sigstore.bundle(envelope(key), key, { entry: "none" }), key, { timestamps: 0 }));

  for (const kind of ["p384", "p521", "rsa2048"] as const satisfies readonly KeyKind[]) {
    it(`whose message is signed with a ${kind} key`, () => {
      const signer = keySigner(createSigningKey("managed", kind));
      verify(sigstore.bundle(message(signer), signer), signer);
    });
    it(`whose envelope is signed with a ${kind} key and SHA-256`, () => {
      const signer = keySigner(createSigningKey("managed", kind));
      verify(sigstore.bundle(signEnvelope(signer.key, statement, { hash: "sha256" }), signer), signer);
    });
  }
  it("whose envelope is signed with an Ed25519 key", () => {
    const signer = keySigner(createSigningKey("managed", "ed25519"));
    verify(sigstore.bundle(envelope(signer), signer), signer);
  });
});

describe("sigstore-js accepts", () => {
  const made = message(keyless);
  const plain = { version: "0.3", made, signer: keyless } as const;
  const stamp = (authority: ReturnType<typeof createTimestampAuthority>) =>
    authority.stamp(made.signature, sigstore.now);

  it("a checkpoint that witnesses have signed, before and after the log", () => {
    const { rekorTiles, now } = sigstore;
    const noteSigners = [
      witness("witness.example", createSigningKey("witness", "ed25519"), now),
      noteSigner(rekorTiles.host, rekorTiles.key),
      witness("other.example", createSigningKey("other witness", "ed25519"), now),
    ];
    const entry = rekorTiles.add(hashedrekordV2(made, keyless), { noteSigners });
    const timestamps = [stamp(sigstore.timestampAuthority)];
    verify(bundleJson({ ...plain, logEntries: [entry], timestamps }), keyless);
  });
  it("a checkpoint of a Rekor v2 with an ECDSA key", () => {
    const log = createRekorTiles({ host: "ecdsa.example", now: sigstore.now, kind: "p256" });
    const trustedRoot = trustedRootJson({ ...sigstore.trust, transparencyLogs: [log.trust] });
    const entry = log.add(hashedrekordV2(made, keyless));
    const timestamps = [stamp(sigstore.timestampAuthority)];
    verify(bundleJson({ ...plain, logEntries: [entry], timestamps }), keyless, { trustedRoot });
  });
  it("entries anywhere in a tree of any size", () => {
    for (let earlierEntries = 0; earlierEntries < 18; earlierEntries++) {
      const log = createRekorTiles({ host: "grown.example", now: sigstore.now, earlierEntries });
      const trustedRoot = trustedRootJson({ ...sigstore.trust, transparencyLogs: [log.trust] });
      const entry = log.add(hashedrekordV2(made, keyless));
      log.add(hashedrekord(made, keyless));
      const later = { ...entry, inclusionProof: log.prove(earlierEntries) };
      const timestamps = [stamp(sigstore.timestampAuthority)];
      for (const logEntries of [[entry], [later]]) {
        verify(bundleJson({ ...plain, logEntries, timestamps }), keyless, { trustedRoot });
      }
    }
  });
  for (const kind of ["p256", "p384"] as const) {
    it(`a timestamp made with ${kind} and SHA-384, over SHA-512, with a certificate in it and a nonce`, () => {
      const authority = createTimestampAuthority({ name: "other tsa", now: sigstore.now, kind });
      const trustedRoot = trustedRootJson({ ...sigstore.trust, timestampAuthorities: [authority.trust] });
      const timestamp = authority.stamp(made.signature, sigstore.now, {
        imprintHash: "sha512",
        signerHash: "sha384",
        withCertificate: true,
        nonce: Buffer.from("ffee", "hex"),
      });
      const json = bundleJson({ ...plain, logEntries: [], timestamps: [timestamp] });
      verify(json, keyless, { trustedRoot });
    });
  }
  it("a promise in a certificate by an RSA log, with extensions", () => {
    const log = createCertificateLog({
      name: "rsa ct log",
      time: sigstore.now,
      kind: "rsa2048",
      extensions: Buffer.from("0000050000000001", "hex"),
    });
    const { baseUrl, key, id } = log;
    const rawKey = createPublicKey(key.privateKey).export({ format: "der", type: "pkcs1" });
    const trusted = { baseUrl, key, id, keyDetails: "PKCS1_RSA_PKCS1V5", rawKey };
    const trustedRoot = trustedRootJson({ ...sigstore.trust, certificateLogs: [trusted] });
    const signer = sigstore.certify({ logs: [log] });
    verify(sigstore.bundle(message(signer), signer), signer, { trustedRoot });
  });
});

describe("sigstore-js refuses", () => {
  const made = message(keyless);
  const json = sigstore.bundle(made, keyless, { timestamped: true });
  const other = createPocketSigstore(sigstore.now, "other");
  for (const part of Object.keys(sigstore.trust) as readonly (keyof typeof sigstore.trust)[]) {
    it(`what was made here under another Sigstore's ${part}`, () => {
      const trustedRoot = trustedRootJson({ ...sigstore.trust, [part]: other.trust[part] });
      assert.throws(() => verify(json, keyless, { trustedRoot }));
    });
  }
  it("another artifact", () =>
    assert.throws(() =>
      verify(sigstore.bundle(signMessage(signingKeyOf(keyless), statement), keyless), keyless),
    ));
});
