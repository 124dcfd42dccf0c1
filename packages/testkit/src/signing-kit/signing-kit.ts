import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { type CertificateAuthority, createAuthority } from "./certificate-authority.ts";
import { alternativeNames } from "./certificate-profile.ts";
import {
  cosignPayload,
  type SignedImage,
  signLogged,
  signWithCertificate,
  signWithKey,
  signWithPki,
} from "./cosign-signature.ts";
import { createFulcio, type Fulcio, type FulcioIdentityProfile } from "./fulcio.ts";
import { createSigningKey, type KeyKind, type SigningKey } from "./signing-key.ts";
import { createLog, type TransparencyLog } from "./transparency-log.ts";

/**
 * Everything that makes signatures, in one process and at once: keys, a Fulcio of one's own, a log, a PKI. Its clock
 * stands still at `now`, so that what it makes is valid then, whatever the day.
 */
export interface SigningKit {
  /** seconds since 1970 */
  readonly now: number;
  readonly fulcio: Fulcio;
  readonly log: TransparencyLog;
  readonly pki: CertificateAuthority;
  /** A key, the same one for the same name. */
  key(name: string, kind?: KeyKind): SigningKey;
  /** `cosign sign --key` without a log. */
  sign(key: SigningKey, image: SignedImage): SigstoreAttachment;
  /** `cosign sign --key` with the log. */
  signLogged(key: SigningKey, image: SignedImage): SigstoreAttachment;
  /** Keyless `cosign sign`: a certificate of the Fulcio, promised by the log, now. */
  signKeyless(identity: FulcioIdentityProfile, image: SignedImage): SigstoreAttachment;
  /** A certificate of the PKI, for an e-mail address. */
  signPki(email: string, image: SignedImage): SigstoreAttachment;
}

const newYear2026 = Date.UTC(2026, 0, 1) / 1000;

/** @param now seconds since 1970; give the real time where a program under test has a real clock */
export function createSigningKit(now: number = newYear2026): SigningKit {
  const fulcio = createFulcio({ name: "kit fulcio", now });
  const log = createLog("kit rekor");
  const pki = createAuthority({ name: "kit pki", now, kind: "p256" });
  return {
    now,
    fulcio,
    log,
    pki,
    key: createSigningKey,
    sign: (key, image) => signWithKey(key, cosignPayload(image)),
    signLogged: (key, image) => signLogged(key, cosignPayload(image), log, now),
    signKeyless: (identity, image) =>
      signWithCertificate(fulcio.issue(identity), cosignPayload(image), log, now),
    signPki: (email, image) =>
      signWithPki(pki.issue({ extensions: [alternativeNames([["email", email]])] }), cosignPayload(image)),
  };
}
