import type { SimpleSigningBlob } from "@countersign/engine/verify/ports";
import type { SignedImage } from "../cosign-signature.ts";
import { certificate, userId } from "./gpg-certificate.ts";
import { createGpgKey, fingerprintText, type GpgKey, type GpgKeyKind } from "./gpg-key.ts";
import { compressed, signedMessage } from "./gpg-message.ts";
import { simpleSigningDocument } from "./simple-signing-document.ts";

/** Someone with an OpenPGP key, who signs images as `skopeo copy --sign-by` does. */
export interface GpgSigner {
  readonly key: GpgKey;
  /** what `gpg --export` writes: a policy's key file */
  readonly publicKey: Uint8Array;
  readonly fingerprint: string;
  sign(image: SignedImage): SimpleSigningBlob;
}

/** The same signer for the same name and kind, as long as the process lives. */
export function createGpgSigner(name: string, kind?: GpgKeyKind): GpgSigner {
  const key = createGpgKey(name, kind);
  return {
    key,
    publicKey: certificate(key, userId(`${name} <${name}@signing.example>`)),
    fingerprint: fingerprintText(key),
    sign: (image) => simpleSigningBlob(compressed(signedMessage(key, simpleSigningDocument(image)))),
  };
}

export function simpleSigningBlob(bytes: Uint8Array, location = "signing kit"): SimpleSigningBlob {
  return { type: "simpleSigning", bytes, location };
}
