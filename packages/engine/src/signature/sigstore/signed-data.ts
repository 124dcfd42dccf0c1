import { hash } from "node:crypto";
import { sameBytes } from "../certificate-pool.ts";
import { refuse } from "../invalid.ts";
import type { SignedContent, SignedEnvelope, SignedMessage } from "./signed-entity.ts";
import type { Artifact } from "./verified-entity.ts";

/** What a signature is over: the bytes, or no more than a digest of them. */
export type SignedData = Artifact;

export const hashAlgorithms = ["sha256", "sha384", "sha512"] as const;

export type HashAlgorithm = (typeof hashAlgorithms)[number];

/**
 * What the signature of an entity has to be over.
 * @throws CountersignError SIGNATURE_INVALID if the signer means another artifact than we do
 */
export function signedData(content: SignedContent, artifact: Artifact | undefined): SignedData {
  switch (content.type) {
    case "envelope":
      return { type: "bytes", bytes: preAuthEncoding(content) };
    case "message":
      return namedArtifact(
        content,
        artifact ?? refuse("there is no artifact that the signature could be of"),
      );
  }
}

/** The digest of what was signed; undefined if only one by another algorithm is known. */
export function digestOfSigned(data: SignedData, algorithm: HashAlgorithm): Uint8Array | undefined {
  if (data.type === "bytes") return hash(algorithm, data.bytes, "buffer");
  return data.algorithm === algorithm ? data.value : undefined;
}

/** DSSE signs the payload together with its type. Source: secure-systems-lab/dsse protocol.md, PAE. */
export function preAuthEncoding({
  payloadType,
  payload,
}: Pick<SignedEnvelope, "payloadType" | "payload">): Uint8Array {
  const type = Buffer.from(payloadType);
  const head = Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
  ]);
  return Buffer.concat([head, payload]);
}

function namedArtifact({ digest }: SignedMessage, artifact: Artifact): Artifact {
  if (digest === undefined) return artifact;
  const { algorithm, value } = digest;
  const ours =
    digestOfSigned(artifact, algorithm) ??
    refuse(
      `the signature is over a ${algorithm} digest, and only the artifact's ${nameOf(artifact)} is known`,
    );
  if (!sameBytes(ours, value)) refuse("the signature is over the digest of another artifact");
  return artifact;
}

function nameOf(artifact: Artifact): string {
  return artifact.type === "digest" ? artifact.algorithm : "content";
}
