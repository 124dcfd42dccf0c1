import { deflateRawSync, deflateSync } from "node:zlib";
import { type GpgHash, type GpgKey, hashNumbers } from "./gpg-key.ts";
import { type SignatureProfile, signaturePacket, signatureType } from "./gpg-signature.ts";
import { type Framing, number, octets, packet, tag } from "./packet.ts";

/** How a document is signed; everything is as gpg does it unless said otherwise. */
export interface MessageProfile extends Partial<SignatureProfile> {
  readonly literal?: LiteralProfile;
  readonly onePass?: OnePassProfile;
}

export interface LiteralProfile {
  /** `b`, `t`, `u`, or anything */
  readonly format?: string;
  readonly name?: string;
  readonly date?: number;
  readonly framing?: Framing;
}

export interface OnePassProfile {
  readonly type?: number;
  readonly hash?: GpgHash;
  readonly keyId?: Uint8Array;
  readonly last?: number;
  readonly version?: number;
}

/** `gpg --sign` without compression: announcement, document, signature. */
export function signedMessage(key: GpgKey, document: Uint8Array, profile: MessageProfile = {}): Buffer {
  return Buffer.concat([
    onePassSignature(key, profile),
    literal(document, profile.literal),
    documentSignature(key, document, profile),
  ]);
}

/** The order before OpenPGP: the signature first. */
export function oldMessage(key: GpgKey, document: Uint8Array, profile: MessageProfile = {}): Buffer {
  return Buffer.concat([documentSignature(key, document, profile), literal(document, profile.literal)]);
}

/** Announces a signature, so that a reader can hash as it reads. */
export function onePassSignature(key: GpgKey, profile: MessageProfile = {}): Buffer {
  const { onePass = {}, type = signatureType.binary, hash = "sha512" } = profile;
  const head = octets(
    onePass.version ?? 3,
    onePass.type ?? type,
    hashNumbers[onePass.hash ?? hash],
    key.algorithm,
  );
  return packet(
    tag.onePassSignature,
    Buffer.concat([head, onePass.keyId ?? key.keyId, octets(onePass.last ?? 1)]),
  );
}

export function literal(document: Uint8Array, profile: LiteralProfile = {}): Buffer {
  return packet(tag.literal, Buffer.concat([literalHead(profile), document]), profile.framing);
}

export function documentSignature(key: GpgKey, document: Uint8Array, profile: MessageProfile = {}): Buffer {
  const { literal: head, onePass: _, ...rest } = profile;
  return signaturePacket(key, document, {
    type: signatureType.binary,
    created: key.created,
    literalHead: literalHead(head),
    ...rest,
  });
}

/** `zip` is what gpg does by itself. */
export function compressed(
  content: Uint8Array,
  method: "none" | "zip" | "zlib" = "zip",
  framing: Framing = "indeterminate",
): Buffer {
  const packed = {
    none: () => content,
    zip: () => deflateRawSync(content),
    zlib: () => deflateSync(content),
  };
  const algorithm = { none: 0, zip: 1, zlib: 2 }[method];
  return packet(tag.compressed, Buffer.concat([octets(algorithm), packed[method]()]), framing);
}

function literalHead({ format = "b", name = "", date = 0 }: LiteralProfile = {}): Buffer {
  return Buffer.concat([
    Buffer.from(format, "latin1"),
    octets(Buffer.byteLength(name)),
    Buffer.from(name),
    number(date, 4),
  ]);
}
