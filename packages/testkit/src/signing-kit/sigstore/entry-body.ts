import { hash } from "node:crypto";
import { encodePem } from "../issue-certificate.ts";
import type { KeyKind } from "../signing-key.ts";
import type { BundleSigner } from "./bundle-signer.ts";
import { base64, digestOf, envelopeJson, type MadeEnvelope, type MadeSignature } from "./made-signature.ts";

/** What a log takes in: its canonical JSON (RFC 8785; members are written in order here). */
export interface EntryBody {
  readonly kind: string;
  readonly version: string;
  readonly bytes: Uint8Array;
}

/** Rekor v1, for a signature over an artifact. */
export function hashedrekord(made: MadeSignature, signer: BundleSigner): EntryBody {
  const digest = Buffer.from(digestOf(made)).toString("hex");
  return entryBody("hashedrekord", "0.0.1", {
    data: { hash: { algorithm: made.hash, value: digest } },
    signature: { content: base64(made.signature), publicKey: { content: base64(verifierPem(signer)) } },
  });
}

/** Rekor v1, for an envelope. */
export function dsse(made: MadeEnvelope, signer: BundleSigner): EntryBody {
  return entryBody("dsse", "0.0.1", {
    envelopeHash: sha256(envelopeJson(made)),
    payloadHash: sha256(made.payload),
    signatures: [{ signature: base64(made.signature), verifier: base64(verifierPem(signer)) }],
  });
}

/** Rekor v1, for an envelope, as cosign 2 wrote attestations; the signature is base64 of base64. */
export function intoto(made: MadeEnvelope, signer: BundleSigner): EntryBody {
  const publicKey = base64(verifierPem(signer));
  return entryBody("intoto", "0.0.2", {
    content: {
      envelope: {
        payloadType: made.payloadType,
        signatures: [{ publicKey, sig: base64(base64(made.signature)) }],
      },
      hash: sha256(envelopeJson(made)),
      payloadHash: sha256(made.payload),
    },
  });
}

/** Rekor v2, for both: of an envelope it takes the digest of the PAE. */
export function hashedrekordV2(made: MadeSignature, signer: BundleSigner): EntryBody {
  return entryBody("hashedrekord", "0.0.2", {
    hashedRekordV002: {
      data: { algorithm: hashAlgorithms[made.hash], digest: base64(digestOf(made)) },
      signature: { content: base64(made.signature), verifier: verifierJson(signer) },
    },
  });
}

/** Rekor v2, as its servers took envelopes until June 2026. */
export function dsseV2(made: MadeEnvelope, signer: BundleSigner): EntryBody {
  return entryBody("dsse", "0.0.2", {
    dsseV002: {
      payloadHash: { algorithm: "SHA2_256", digest: base64(hash("sha256", made.payload, "buffer")) },
      signatures: [{ content: base64(made.signature), verifier: verifierJson(signer) }],
    },
  });
}

/** Any body at all. */
export function entryBody(kind: string, version: string, spec: unknown): EntryBody {
  return { kind, version, bytes: Buffer.from(JSON.stringify({ apiVersion: version, kind, spec })) };
}

export const hashAlgorithms = { sha256: "SHA2_256", sha384: "SHA2_384", sha512: "SHA2_512" } as const;

/** The names that protobuf-specs gives to kinds of keys with their hashes. */
export const keyDetails: Readonly<Record<KeyKind, string>> = {
  p224: "PUBLIC_KEY_DETAILS_UNSPECIFIED",
  p256: "PKIX_ECDSA_P256_SHA_256",
  p384: "PKIX_ECDSA_P384_SHA_384",
  p521: "PKIX_ECDSA_P521_SHA_512",
  rsa1024: "PKIX_RSA_PKCS1V5",
  rsa2048: "PKIX_RSA_PKCS1V15_2048_SHA256",
  ed25519: "PKIX_ED25519",
};

function verifierPem(signer: BundleSigner): string {
  return signer.type === "key"
    ? encodePem("PUBLIC KEY", signer.key.spki)
    : encodePem("CERTIFICATE", signer.leaf.der);
}

function verifierJson(signer: BundleSigner): unknown {
  const details = signer.keyDetails ?? keyDetails[(signer.type === "key" ? signer : signer.leaf).key.kind];
  return signer.type === "key"
    ? { keyDetails: details, publicKey: { rawBytes: base64(signer.key.spki) } }
    : { keyDetails: details, x509Certificate: { rawBytes: base64(signer.leaf.der) } };
}

function sha256(bytes: Uint8Array): { readonly algorithm: string; readonly value: string } {
  return { algorithm: "sha256", value: hash("sha256", bytes) };
}
