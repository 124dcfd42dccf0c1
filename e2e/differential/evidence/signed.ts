import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import { signWithKey } from "@countersign/testkit/signing-kit/cosign-signature";
import type { SigningKey } from "@countersign/testkit/signing-kit/signing-key";
import type { Question, Site } from "../case.ts";
import { kit, trusted } from "./kit.ts";
import { demand, inBase64, sigstoreSigned } from "./policies.ts";
import { attach, storeImage } from "./store.ts";

/** A good signature of an image: what `cosign sign --key` attaches. */
export function signatureOf(
  { digest }: StoredManifest,
  reference: string,
  key: SigningKey = trusted,
): SigstoreAttachment {
  return kit.sign(key, { digest, reference });
}

/** Any payload, properly signed. */
export function signedText(payload: string | Uint8Array, key: SigningKey = trusted): SigstoreAttachment {
  return signWithKey(key, Buffer.from(payload));
}

/** Stores an image with what `change` makes of a good signature. */
export function storeSigned(
  site: Site,
  change: (good: SigstoreAttachment, image: StoredManifest) => SigstoreAttachment = (good) => good,
): StoredManifest {
  return storeSignedOften(site, (good, image) => [change(good, image)]);
}

export function storeSignedOften(
  site: Site,
  change: (good: SigstoreAttachment, image: StoredManifest) => readonly SigstoreAttachment[],
): StoredManifest {
  const image = storeImage(site);
  attach(site, image, change(signatureOf(image, `${site.name}:v1`), image));
  return image;
}

/** Asks for the case's image under a policy that trusts one key. */
export function trusting(site: Site, key: SigningKey | string | Uint8Array = trusted): Question {
  const pem = typeof key === "string" || key instanceof Uint8Array ? key : key.publicKeyPem;
  return {
    image: `${site.name}:v1`,
    policy: demand(site, sigstoreSigned({ keyData: inBase64(pem) })),
  };
}
