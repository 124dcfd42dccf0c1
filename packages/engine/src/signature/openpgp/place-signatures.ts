import { keyAlgorithm } from "./algorithms.ts";
import type { KeyPart, Subject } from "./key-block.ts";
import type { KeyringWork } from "./keyring-work.ts";
import { lowerHexadecimal, significant } from "./octets.ts";
import type { OpenPgpKey } from "./public-key.ts";
import { isCertification, predates } from "./self-signature.ts";
import { type SignaturePacket, signatureType } from "./signature-packet.ts";
import { verifiesOver } from "./verifies-over.ts";

export interface PlacedPart {
  readonly subject: Subject;
  /** by the primary key, and they verify */
  readonly own: readonly SignaturePacket[];
  readonly foreign: readonly SignaturePacket[];
}

/**
 * Finds for each signature by the key itself the part that it verifies over, which need not be the one it stands below.
 * @returns undefined if one about a user id verifies over none, and none stands before it
 */
export function place(
  key: OpenPgpKey,
  block: readonly KeyPart[],
  work: KeyringWork,
): readonly PlacedPart[] | undefined {
  const parts = block.map((part) => ({ ...part, signatures: lastOfEach(part.signatures, copyIdentity) }));
  const own = parts.map((): SignaturePacket[] => []);
  const moved = parts.map((): SignaturePacket[] => []);
  for (const [at, here] of parts.entries()) {
    const claimed = here.signatures.filter(({ issuerKeyId }) => issuerKeyId === key.keyId);
    for (const signature of claimed) {
      const holds = ({ subject }: KeyPart) => verifiesOver(signature, key, key, subject, work);
      const target = holds(here) ? at : parts.findIndex((part) => part !== here && holds(part));
      if (target < 0 && isAboutUserId(signature) && !hasUserId(parts.slice(0, at + 1))) return undefined;
      if (target < 0 || predates(signature, key)) continue;
      if (target === at) own[target]?.push(signature);
      else moved[target]?.unshift(signature);
    }
  }
  return parts.map(({ subject, signatures }, at) => ({
    subject,
    own: lastOfEach([...(moved[at] ?? []), ...(own[at] ?? [])], signatureIdentity),
    foreign: signatures.filter(({ issuerKeyId }) => issuerKeyId !== key.keyId),
  }));
}

/** The same text for what is one signature: by the same key, and the same numbers. */
export function signatureIdentity(signature: SignaturePacket): string {
  const { issuerKeyId, keyAlgorithmId } = signature;
  return [issuerKeyId, keyAlgorithmId, numbersIdentity(signature)].join(" ");
}

/**
 * The same text for what gpg takes for copies when it repairs a key, whoever made them and of what: it then forgets all
 * but the last, even if only another of them verifies.
 * Source: GnuPG g10/key-check.c, remove_duplicate_sigs.
 */
function copyIdentity(signature: SignaturePacket): string {
  return [signature.hashAlgorithmId, numbersIdentity(signature)].join(" ");
}

/** Those of curves are octets to gpg, which it counts in bits; the others are numbers. */
function numbersIdentity({ keyAlgorithmId, numbers, bits }: SignaturePacket): string {
  const type = keyAlgorithm(keyAlgorithmId)?.type;
  const isOctets = type === "ecdsa" || type === "eddsa";
  const texts = numbers.map((number, at) =>
    isOctets ? `${bits[at]}:${lowerHexadecimal(number)}` : lowerHexadecimal(significant(number)),
  );
  return [numbers.length, ...texts].join(" ");
}

function firstOfEach(signatures: readonly SignaturePacket[]): readonly SignaturePacket[] {
  return lastOfEach(signatures.toReversed(), signatureIdentity).toReversed();
}

function lastOfEach(
  signatures: readonly SignaturePacket[],
  identity: (signature: SignaturePacket) => string,
): readonly SignaturePacket[] {
  const last = new Map(signatures.map((signature) => [identity(signature), signature]));
  return signatures.filter((signature) => last.get(identity(signature)) === signature);
}

function isAboutUserId(signature: SignaturePacket): boolean {
  return isCertification(signature) || signature.type === signatureType.certificationRevocation;
}

function hasUserId(parts: readonly KeyPart[]): boolean {
  return parts.some(({ subject }) => subject.type === "userId");
}

/** Of a part that comes again, the later signatures come first. */
export function collapse(parts: readonly KeyPart[]): readonly KeyPart[] {
  const byIdentity = new Map<string, KeyPart>();
  for (const part of parts) {
    const identity = identityOf(part.subject);
    const known = byIdentity.get(identity);
    const signatures =
      known === undefined ? part.signatures : firstOfEach([...part.signatures, ...known.signatures]);
    byIdentity.set(identity, { subject: part.subject, signatures });
  }
  return [...byIdentity.values()];
}

/** The same text for what gpg takes for the same user id or key. */
export function identityOf(subject: Subject): string {
  if (subject.type !== "userId") return `${subject.type} ${subject.key.fingerprint}`;
  return `${subject.isAttribute ? "attribute" : "name"} ${Buffer.from(subject.octets).toString("hex")}`;
}
