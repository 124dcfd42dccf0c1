import { usage } from "./algorithms.ts";
import { hexadecimal } from "./octets.ts";
import { readSignature, type SignaturePacket } from "./signature-packet.ts";
import { findNumber, findSubpacket, findSubpackets, subpacketType } from "./subpackets.ts";

/** What a key says of itself and its parts. */

export function isCertification({ type }: SignaturePacket): boolean {
  return type >= 0x10 && type <= 0x13;
}

export function isExportable({ hashed, unhashed }: SignaturePacket): boolean {
  const says =
    findSubpacket(hashed, subpacketType.exportable) ?? findSubpacket(unhashed, subpacketType.exportable);
  return says?.[0] !== 0;
}

/** What a self-signature lets its key be used for; undefined if it does not say. */
export function keyUsage({ hashed }: SignaturePacket): KeyUsage | undefined {
  const flags = findSubpacket(hashed, subpacketType.keyFlags);
  if (flags === undefined) return undefined;
  const [first = 0, second = 0] = flags;
  return {
    flags: first & (usage.certify | usage.sign | usage.encrypt | usage.authenticate),
    isForSharedDecryption: (second & 0x04) !== 0,
  };
}

export interface KeyUsage {
  readonly flags: number;
  /** gpg's "additional decryption subkey", which may be older than what binds it */
  readonly isForSharedDecryption: boolean;
}

/** Whether it is older than the key that is said to have made it. Bindings for shared decryption may be. */
export function predates(signature: SignaturePacket, key: { readonly created: number }): boolean {
  return key.created > signature.created && keyUsage(signature)?.isForSharedDecryption !== true;
}

/** How long after its creation the key that is signed lasts, in seconds; undefined: not said. */
export function keyLifetime({ hashed }: SignaturePacket): number | undefined {
  return findNumber(hashed, subpacketType.keyExpires) || undefined;
}

/** Signatures inside, by a subkey over its primary key; from either list. */
export function embeddedSignatures({ hashed, unhashed }: SignaturePacket): readonly SignaturePacket[] {
  return [hashed, unhashed].flatMap((list) =>
    findSubpackets(list, subpacketType.embeddedSignature).flatMap((body) => {
      const isBack =
        (body[0] === 3 && body[2] === 0x19) || ((body[0] === 4 || body[0] === 5) && body[1] === 0x19);
      const signature = body.length > 3 && isBack ? readSignature(body) : undefined;
      return signature === undefined ? [] : [signature];
    }),
  );
}

/** Fingerprints of those who may revoke the key that is signed, upper-case hexadecimal. */
export function revokers({ hashed }: SignaturePacket): readonly string[] {
  return findSubpackets(hashed, subpacketType.revocationKey)
    .filter((data) => (data.length === 22 || data.length === 34) && ((data[0] ?? 0) & 0x80) !== 0)
    .map((data) => hexadecimal(data.subarray(2)));
}
