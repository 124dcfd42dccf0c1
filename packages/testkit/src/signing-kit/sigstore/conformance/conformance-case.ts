import { hash } from "node:crypto";
import type { SigningKey } from "../../signing-key.ts";
import type { BundleJson } from "../bundle-json.ts";
import { bundleBytes } from "../bundle-json.ts";
import { type BundleSigner, signingKeyOf } from "../bundle-signer.ts";
import { type StatementProfile, statement } from "../in-toto-statement.ts";
import {
  type MadeEnvelope,
  type MadeMessage,
  type SignatureChanges,
  signEnvelope,
  signMessage,
} from "../made-signature.ts";
import { createPocketSigstore } from "../pocket-sigstore.ts";
import { type TrustedRootProfile, trustedRootJson } from "../trusted-root-json.ts";

/**
 * A bundle, and whether it has to be accepted. Whose name is that of a case of sigstore-conformance says what that
 * says: `_fail` at its end means that it must be refused.
 */
export interface ConformanceCase {
  readonly name: string;
  readonly bundle: Uint8Array;
  readonly trustedRoot: Uint8Array;
  /** what the signature is of, or the subject of the statement */
  readonly artifact: Uint8Array;
  /** undefined: signed by `identity`, certified by `issuer` */
  readonly key: SigningKey | undefined;
}

export const identity = "https://ci.example/project/workflow.yml@refs/heads/main";
export const issuer = "https://token.ci.example";
export const artifact: Uint8Array = Buffer.from("artifact\n");
export const otherArtifact: Uint8Array = Buffer.from("another artifact\n");

/** The Sigstore that everything here is made with, and one that nobody trusts. */
export const sigstore = createPocketSigstore();
export const strangers = createPocketSigstore(sigstore.now, "strangers");
export const { now, trust, rekor, rekorTiles, timestampAuthority } = sigstore;

export const signer = sigstore.certify({ names: [["uri", identity]], oidcIssuer: issuer });

/** The signer's signature of the artifact. */
export function message(
  by: BundleSigner = signer,
  of: Uint8Array = artifact,
  changes?: SignatureChanges,
): MadeMessage {
  return signMessage(signingKeyOf(by), of, changes);
}

/** The signer's statement about the artifact. */
export function envelope(
  by: BundleSigner = signer,
  of: Uint8Array = artifact,
  changes?: SignatureChanges,
): MadeEnvelope {
  return signEnvelope(signingKeyOf(by), statement(provenanceOf(of)), changes);
}

export function provenanceOf(subject: Uint8Array): StatementProfile {
  return {
    subjects: [{ name: "artifact", digest: { sha256: hash("sha256", subject) } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: { buildDefinition: { buildType: "https://example.com/build" } },
  };
}

/** @param bundle JSON, or whatever bytes */
export function conformanceCase(
  name: string,
  bundle: BundleJson | Uint8Array,
  changes: {
    readonly trust?: Partial<TrustedRootProfile>;
    readonly artifact?: Uint8Array;
    readonly key?: SigningKey;
  } = {},
): ConformanceCase {
  return {
    name,
    bundle: bundle instanceof Uint8Array ? bundle : bundleBytes(bundle),
    trustedRoot:
      changes.trust === undefined ? sigstore.trustedRoot : trustedRootJson({ ...trust, ...changes.trust }),
    artifact: changes.artifact ?? artifact,
    key: changes.key,
  };
}

/** A base64 text with one bit of its first byte flipped. */
export function flipped(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString("base64");
}

/** Bytes with one bit of the last one flipped. */
export function flippedEnd(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
}
