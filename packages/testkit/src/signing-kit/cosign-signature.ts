import { cosignAnnotation } from "@countersign/engine/signature/cosign-annotation";
import type { Digest } from "@countersign/engine/values/digest";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import type { IssuedLeaf } from "./certificate-authority.ts";
import type { SigningKey, SignOptions } from "./signing-key.ts";
import type { TransparencyLog } from "./transparency-log.ts";

export const cosignSignatureType = "application/vnd.dev.cosign.simplesigning.v1+json";

/** Which image is signed, under which name. */
export interface SignedImage {
  readonly digest: Digest;
  /** `docker-reference`, verbatim; cosign writes the repository only */
  readonly reference: string;
}

/** The payload that cosign signs for an image. */
export function cosignPayload({ digest, reference }: SignedImage): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": reference },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      },
      optional: null,
    }),
  );
}

/** Signs as `cosign sign --key` without a log. */
export function signWithKey(
  key: SigningKey,
  payload: Uint8Array,
  options: SignOptions = {},
): SigstoreAttachment {
  return attachment(payload, { [cosignAnnotation.signature]: base64(key.sign(payload, options)) });
}

/** Signs as `cosign sign --key` with a log's promise. */
export function signLogged(
  key: SigningKey,
  payload: Uint8Array,
  log: TransparencyLog,
  integratedTime: number,
): SigstoreAttachment {
  const signature = key.sign(payload);
  const set = log.promise({ signer: key.publicKeyPem, signature, payload, integratedTime });
  return attachment(payload, {
    [cosignAnnotation.signature]: base64(signature),
    [cosignAnnotation.bundle]: set,
  });
}

/** Signs as keyless cosign: with a short-lived certificate, and a log's promise that says when. */
export function signWithCertificate(
  leaf: IssuedLeaf,
  payload: Uint8Array,
  log: TransparencyLog,
  integratedTime: number,
): SigstoreAttachment {
  const signature = leaf.key.sign(payload);
  const set = log.promise({ signer: leaf.pem, signature, payload, integratedTime });
  return attachment(payload, {
    [cosignAnnotation.signature]: base64(signature),
    [cosignAnnotation.certificate]: leaf.pem,
    [cosignAnnotation.chain]: leaf.chainPem,
    [cosignAnnotation.bundle]: set,
  });
}

/** Signs with a certificate of one's own PKI: no log. */
export function signWithPki(leaf: IssuedLeaf, payload: Uint8Array): SigstoreAttachment {
  return attachment(payload, {
    [cosignAnnotation.signature]: base64(leaf.key.sign(payload)),
    [cosignAnnotation.certificate]: leaf.pem,
    [cosignAnnotation.chain]: leaf.chainPem,
  });
}

export function attachment(
  payload: Uint8Array,
  annotations: Readonly<Record<string, string>>,
  mediaType: string = cosignSignatureType,
): SigstoreAttachment {
  return {
    type: "sigstore",
    mediaType,
    payload,
    annotations: new Map(Object.entries(annotations)),
    location: "signing kit",
  };
}

/** The same signature with some annotations replaced; undefined takes one away. */
export function withAnnotations(
  signature: SigstoreAttachment,
  changes: Readonly<Record<string, string | undefined>>,
): SigstoreAttachment {
  const annotations = new Map(signature.annotations);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) annotations.delete(name);
    else annotations.set(name, value);
  }
  return { ...signature, annotations };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
