import { CountersignError } from "../../values/error.ts";
import { dearmor } from "./armor.ts";
import type { KeyringWork } from "./keyring-work.ts";
import { isMarker, type Packet, packetTag, readPacket } from "./packet.ts";
import { type OpenPgpKey, readPublicKey, whyNotUsable } from "./public-key.ts";
import {
  readSignaturePacket,
  type SignaturePacket,
  type SignatureReading,
  signatureType,
} from "./signature-packet.ts";

/** A primary key and all that stands below it, in the file's order; or a revocation that stands alone. */
export type KeyBlock =
  | { readonly type: "certificate"; readonly parts: readonly [KeyPart, ...KeyPart[]] }
  | { readonly type: "revocation"; readonly signature: SignaturePacket };

/** A key, a user id or a subkey, and the signatures that stand below it. Nothing of it is believed yet. */
export interface KeyPart {
  readonly subject: Subject;
  readonly signatures: readonly SignaturePacket[];
}

export type Subject = { readonly type: "primary" | "subkey"; readonly key: OpenPgpKey } | UserId;

export interface UserId {
  readonly type: "userId";
  readonly octets: Uint8Array;
  /** a picture, or whatever else is no text */
  readonly isAttribute: boolean;
}

/**
 * Reads a key file, binary or armored, into its blocks. Where it stops making sense gpg forgets the block that it was
 * reading, and reads no further. Stricter than gpg: secret keys are refused. It takes the public part of them, and with
 * it revocations. Keys that nothing is verified with are refused too, and what gpg reads in a way that nobody can want: a
 * revocation might stand behind it.
 * Source: GnuPG g10/import.c, read_block.
 * @throws CountersignError TRUST_MATERIAL_INVALID if it holds too much, or such a key
 */
export function readKeyBlocks(file: Uint8Array, work: KeyringWork): readonly KeyBlock[] {
  const { packets, isBroken } = dearmor(file);
  const reading = new BlockReading();
  for (let at = 0; at < packets.length; ) {
    work.readPacket();
    const packet = readPacket(packets, at);
    if (packet === undefined || !reading.add(packet)) return reading.blocks;
    at = packet.end;
  }
  if (!isBroken) reading.endBlock();
  return reading.blocks;
}

class BlockReading {
  readonly blocks: KeyBlock[] = [];
  #parts: { readonly subject: Subject; readonly signatures: SignaturePacket[] }[] = [];
  /** an old key is passed over with all that belongs to it, a user id that is too long with its signatures */
  #passesOver: "block" | "signatures" | undefined;

  endBlock(): void {
    const [first, ...rest] = this.#parts;
    if (first !== undefined) this.blocks.push({ type: "certificate", parts: [first, ...rest] });
    this.#parts = [];
  }

  /** @returns false where nothing more is read */
  add(packet: Packet): boolean {
    const { tag, body, isCut } = packet;
    const why = whyNotWanted(packet);
    if (why !== undefined) throw unusable(why);
    switch (tag) {
      case packetTag.publicKey:
      case packetTag.publicSubkey:
        return this.#addKey(packet);
      case packetTag.secretKey:
      case packetTag.secretSubkey:
        throw unusable("a secret key: only what gpg --export writes is read");
      case packetTag.signature:
        return this.#addSignature(readSignaturePacket(packet));
      case packetTag.userId:
      case packetTag.userAttribute:
        if (!isCut) this.#addUserId({ type: "userId", octets: body, isAttribute: tag !== packetTag.userId });
        return true;
      case packetTag.trust:
      case reservedTag:
        return true;
      default:
        if (this.#passesOver === "signatures") this.#passesOver = undefined;
        return isHarmless(packet);
    }
  }

  #addKey({ tag, body, length }: Packet): boolean {
    const key = readPublicKey(body, length);
    const isPrimary = tag === packetTag.publicKey;
    if (key === "invalid" || (key === "old" && !isPrimary)) return false;
    if (key === "old") {
      this.#passesOver = "block";
      return true;
    }
    const whyNot = whyNotUsable(key);
    if (whyNot !== undefined) throw unusable(whyNot);
    if (isPrimary) {
      this.endBlock();
      this.#passesOver = undefined;
      this.#parts.push({ subject: { type: "primary", key }, signatures: [] });
    } else this.#addPart({ type: "subkey", key });
    return true;
  }

  #addUserId(userId: UserId): void {
    if (this.#passesOver === "block") return;
    if (userId.octets.length > (userId.isAttribute ? maxAttributeSize : maxUserIdSize))
      this.#passesOver = "signatures";
    else this.#addPart(userId);
  }

  #addPart(subject: Subject): void {
    if (this.#passesOver === "block") return;
    this.#passesOver = undefined;
    if (this.#parts.length > 0) this.#parts.push({ subject, signatures: [] });
  }

  #addSignature(signature: SignatureReading): boolean {
    if (signature === "invalid" || signature === "fatal") return false;
    if (signature === "cut" || this.#passesOver !== undefined) return true;
    const part = this.#parts.at(-1);
    if (part !== undefined) part.signatures.push(signature);
    else if (signature.type === signatureType.keyRevocation)
      this.blocks.push({ type: "revocation", signature });
    return true;
  }
}

function unusable(what: string): CountersignError {
  return new CountersignError("TRUST_MATERIAL_INVALID", `the OpenPGP keys of this requirement hold ${what}`);
}

const maxUserIdSize = 2048;
const maxAttributeSize = 16 * 1024 * 1024;

/** gpg takes what stands behind the first two for a part of them; the others belong to messages. */
function whyNotWanted({ tag, body, length, framing }: Packet): string | undefined {
  if (tag === packetTag.publicKey || tag === packetTag.publicSubkey) {
    if (length === 0) return "a key that says nothing";
    return tag === packetTag.publicSubkey && body[0] === commentMark ? "a comment in a subkey" : undefined;
  }
  if (tag === packetTag.literal && framing !== "definite") return "a document without a length";
  return encryptionTags.has(tag) ? "a part of an encrypted message" : undefined;
}

/** gpg passes over it before it looks at anything */
const reservedTag = 0;

/** `#`; gpg's own, before it was called so */
const commentMark = 0x23;

/** What may stand between: marks, comments, what nobody knows, and parts of a signed message. */
function isHarmless({ tag, body, length }: Packet): boolean {
  switch (tag) {
    case packetTag.marker:
      return isMarker(body);
    case packetTag.literal:
      return length >= 6;
    case packetTag.onePassSignature:
      return length >= 13 && body[0] === 3;
    case packetTag.integrity:
      return length === 20;
    default:
      return tag !== packetTag.compressed && tag !== packetTag.control;
  }
}

const encryptionTags: ReadonlySet<number> = new Set([
  ...[packetTag.publicKeyEncryptedSessionKey, packetTag.symmetricKeyEncryptedSessionKey],
  ...[packetTag.encrypted, packetTag.encryptedIntegrity, packetTag.encryptedAuthenticated],
]);
