import type { GpgHash, GpgKey } from "./gpg-key.ts";
import {
  type SignatureProfile,
  signatureBody,
  signaturePacket,
  signatureType,
  subpacketType,
} from "./gpg-signature.ts";
import { number, octets, packet, subpacket, tag } from "./packet.ts";

/** What follows a primary key in its certificate: packets that are made for it. */
export type CertificatePart = (primary: GpgKey) => Uint8Array;

/** What `gpg --export` writes of one key: the key, and what it says of itself. */
export function certificate(primary: GpgKey, ...parts: readonly CertificatePart[]): Buffer {
  return Buffer.concat([packet(tag.publicKey, primary.body), ...parts.map((part) => part(primary))]);
}

export const flags = { certify: 0x01, sign: 0x02, encrypt: 0x0c, authenticate: 0x20 } as const;

/** What a self-signature says; `says` adds to it and `by` lets another key make it. */
export interface SelfSignature extends Partial<SignatureProfile> {
  readonly keyFlags?: number;
  /** seconds after the key was made */
  readonly keyExpires?: number;
  readonly by?: GpgKey;
}

/** A user id with a self-signature for each profile. */
export function userId(name: string, ...signatures: readonly SelfSignature[]): CertificatePart {
  const profiles = signatures.length === 0 ? [{ keyFlags: flags.certify | flags.sign }] : signatures;
  return (primary) =>
    Buffer.concat([
      bareUserId(name)(primary),
      ...profiles.map((profile) => selfSignature(name, profile)(primary)),
    ]);
}

/** A user id that nothing vouches for. */
export function bareUserId(name: string): CertificatePart {
  return () => packet(tag.userId, Buffer.from(name));
}

/** A signature over a user id, wherever it then stands. */
export function selfSignature(name: string, profile: SelfSignature = {}): CertificatePart {
  return (primary) => {
    const version3 = profile.version === 3;
    const text = Buffer.from(name);
    const data = version3 ? text : Buffer.concat([octets(0xb4), number(text.length, 4), text]);
    return certification(primary, Buffer.concat([primary.hashed, data]), {
      type: signatureType.certification,
      ...profile,
    });
  };
}

/** A subkey with a binding for each profile; one that may sign signs back, unless `backsig` is false. */
export function subkey(key: GpgKey, ...bindings: readonly SubkeyBinding[]): CertificatePart {
  const profiles = bindings.length === 0 ? [{ keyFlags: flags.sign }] : bindings;
  return (primary) =>
    Buffer.concat([
      packet(tag.publicSubkey, key.body),
      ...profiles.map((profile) => binding(key, profile)(primary)),
    ]);
}

export interface SubkeyBinding extends SelfSignature {
  /** by the subkey itself, or by the key given, or none */
  readonly backsig?: boolean | GpgKey | SignatureProfile;
  readonly backsigUnhashed?: boolean;
}

/** A signature that binds a subkey, wherever it then stands. */
export function binding(key: GpgKey, profile: SubkeyBinding = {}): CertificatePart {
  return (primary) => {
    const { backsig = ((profile.keyFlags ?? 0) & flags.sign) !== 0, says = [], ...rest } = profile;
    const data = Buffer.concat([primary.hashed, key.hashed]);
    const created = profile.created ?? key.created;
    const back =
      backsig === false
        ? []
        : [embeddedSignature(backsigOf(key, data, created, backsig === true ? undefined : backsig))];
    return certification(primary, data, {
      type: signatureType.subkeyBinding,
      ...rest,
      created,
      says: [...says, ...back],
    });
  };
}

export function embeddedSignature(body: Uint8Array): Buffer {
  return subpacket(subpacketType.embeddedSignature, body);
}

function backsigOf(
  key: GpgKey,
  data: Uint8Array,
  created: number,
  other: GpgKey | SignatureProfile | undefined,
): Buffer {
  const usual = { type: signatureType.primaryBinding, created };
  if (other === undefined) return signatureBody(key, data, usual);
  return "sign" in other ? signatureBody(other, data, usual) : signatureBody(key, data, other);
}

export function directKeySignature(profile: SelfSignature = {}): CertificatePart {
  return (primary) => certification(primary, primary.hashed, { type: signatureType.directKey, ...profile });
}

export function keyRevocation(profile: SelfSignature = {}): CertificatePart {
  return (primary) =>
    certification(primary, primary.hashed, { type: signatureType.keyRevocation, ...profile });
}

export function subkeyRevocation(key: GpgKey, profile: SelfSignature = {}): CertificatePart {
  return (primary) =>
    certification(primary, Buffer.concat([primary.hashed, key.hashed]), {
      type: signatureType.subkeyRevocation,
      ...profile,
    });
}

/** Whoever has this key may revoke: a direct key signature that says so. */
export function designatedRevoker(revoker: GpgKey): CertificatePart {
  const data = Buffer.concat([octets(0x80, revoker.algorithm), revoker.fingerprint]);
  return directKeySignature({ says: [subpacket(subpacketType.revocationKey, data)] });
}

function certification(
  primary: GpgKey,
  data: Uint8Array,
  { by = primary, keyFlags, keyExpires, says = [], ...profile }: SelfSignature & { readonly type: number },
): Buffer {
  const facts = [
    ...(keyFlags === undefined ? [] : [subpacket(subpacketType.keyFlags, octets(keyFlags))]),
    ...(keyExpires === undefined ? [] : [subpacket(subpacketType.keyExpires, number(keyExpires, 4))]),
    ...says,
  ];
  const hash: GpgHash = profile.hash ?? "sha512";
  return signaturePacket(by, data, { created: primary.created, ...profile, hash, says: facts });
}
