import { type Packet, packetTag } from "./packet.ts";
import { readPublicKey } from "./public-key.ts";

/** What belongs into key files and encrypted messages. */
const misplaced: ReadonlySet<number> = new Set([
  ...[packetTag.publicKeyEncryptedSessionKey, packetTag.symmetricKeyEncryptedSessionKey, packetTag.secretKey],
  ...[packetTag.encrypted, packetTag.encryptedIntegrity, packetTag.encryptedAuthenticated],
  ...[packetTag.userId, packetTag.userAttribute],
]);

export function isMisplaced({ tag }: Packet): boolean {
  return misplaced.has(tag);
}

/** As far as gpg looks at what is none of a signature's business. */
export function isWellFormed({ tag, body, framing }: Packet): boolean {
  const [version = 0] = body;
  switch (tag) {
    case packetTag.publicKeyEncryptedSessionKey:
      return body.length >= 12 && (version === 2 || version === 3);
    case packetTag.symmetricKeyEncryptedSessionKey:
      return body.length >= 4 && (version === 4 || version === 5);
    case packetTag.encryptedIntegrity:
      return version === 1 && (framing !== "definite" || body.length >= 10);
    case packetTag.encrypted:
    case packetTag.encryptedAuthenticated:
      return framing !== "definite" || body.length >= 10;
    case packetTag.secretKey:
      return readPublicKey(body) !== "invalid";
    default:
      return true;
  }
}
