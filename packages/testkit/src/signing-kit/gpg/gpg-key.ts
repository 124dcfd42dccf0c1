import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { DerReader, derTag } from "@countersign/engine/signature/der";
import { createSigningKey } from "../signing-key.ts";
import { mpi, number, octets } from "./packet.ts";

/** A key as OpenPGP writes it, primary or subkey; it says nothing about itself yet. */
export interface GpgKey {
  readonly kind: GpgKeyKind;
  /** OpenPGP's number of the algorithm */
  readonly algorithm: number;
  /** seconds since 1970 */
  readonly created: number;
  /** the body of its public key packet */
  readonly body: Uint8Array;
  /** what of it goes into a signature that is about it */
  readonly hashed: Uint8Array;
  readonly fingerprint: Uint8Array;
  readonly keyId: Uint8Array;
  /** Signs `data` and gives the numbers that end a signature packet. */
  sign(hash: GpgHash, data: Uint8Array): Uint8Array;
}

export type GpgKeyKind = keyof typeof keyKinds;

export type GpgHash = keyof typeof hashNumbers;

/** OpenPGP's numbers. */
export const hashNumbers = {
  md5: 1,
  sha1: 2,
  ripemd160: 3,
  sha256: 8,
  sha384: 9,
  sha512: 10,
  sha224: 11,
} as const;

/** Long before any test's present, seconds since 1970. */
export const keysCreated: number = Date.UTC(2020, 0, 1) / 1000;

export interface GpgKeyProfile {
  readonly created?: number;
  readonly version?: 4 | 5;
}

/** @param name the same key for the same name, kind and date, as long as the process lives */
export function createGpgKey(
  name: string,
  kind: GpgKeyKind = "ed25519",
  { created = keysCreated, version = 4 }: GpgKeyProfile = {},
): GpgKey {
  const { algorithm, material, sign } = algorithmOf(privateKeyOf(name, kind), kind);
  const length = version === 5 ? number(material.length, 4) : octets();
  const body = Buffer.concat([octets(version), number(created, 4), octets(algorithm), length, material]);
  const head =
    version === 5 ? [octets(0x9a), number(body.length, 4)] : [octets(0x99), number(body.length, 2)];
  const hashed = Buffer.concat([...head, body]);
  const fingerprint = createHash(version === 5 ? "sha256" : "sha1")
    .update(hashed)
    .digest();
  const keyId = version === 5 ? fingerprint.subarray(0, 8) : fingerprint.subarray(-8);
  return { kind, algorithm, created, body, hashed, fingerprint, keyId, sign };
}

/** As policies, logs and gpg write it. */
export function fingerprintText({ fingerprint }: GpgKey): string {
  return Buffer.from(fingerprint).toString("hex").toUpperCase();
}

interface Algorithm {
  readonly algorithm: number;
  /** the public numbers, as the key packet holds them */
  readonly material: Buffer;
  readonly sign: GpgKey["sign"];
}

function algorithmOf(key: KeyObject, kind: GpgKeyKind): Algorithm {
  const { algorithm, ...curve } = keyKinds[kind];
  switch (algorithm) {
    case 1:
      return {
        algorithm,
        material: Buffer.concat([mpi(jwkMember(key, "n")), mpi(jwkMember(key, "e"))]),
        sign: (hash, data) => mpi(sign(hash, data, key)),
      };
    case 17:
      return {
        algorithm,
        material: Buffer.concat(dsaNumbers(key).map(mpi)),
        sign: (hash, data) => bothNumbers(sign(hash, data, { key, dsaEncoding: "ieee-p1363" })),
      };
    case 22:
      return {
        algorithm,
        material: curveMaterial(
          curve,
          Buffer.concat([octets(...(kind === "ed448" ? [] : [0x40])), jwkMember(key, "x")]),
        ),
        sign: (hash, data) => bothNumbers(sign(null, createHash(hash).update(data).digest(), key)),
      };
    case 19:
      return {
        algorithm,
        material: curveMaterial(curve, uncompressedPoint(key)),
        sign: (hash, data) => bothNumbers(sign(hash, data, { key, dsaEncoding: "ieee-p1363" })),
      };
  }
}

const keyKinds = {
  rsa768: { algorithm: 1 },
  rsa1024: { algorithm: 1 },
  rsa2048: { algorithm: 1 },
  dsa1024: { algorithm: 17 },
  dsa2048: { algorithm: 17 },
  p224: { algorithm: 19, oid: "2b81040021" },
  p256: { algorithm: 19, oid: "2a8648ce3d030107" },
  p384: { algorithm: 19, oid: "2b81040022" },
  p521: { algorithm: 19, oid: "2b81040023" },
  secp256k1: { algorithm: 19, oid: "2b8104000a" },
  prime192v1: { algorithm: 19, oid: "2a8648ce3d030101" },
  brainpoolP160r1: { algorithm: 19, oid: "2b2403030208010101" },
  brainpoolP192r1: { algorithm: 19, oid: "2b2403030208010103" },
  brainpoolP224r1: { algorithm: 19, oid: "2b2403030208010105" },
  brainpoolP320r1: { algorithm: 19, oid: "2b2403030208010109" },
  brainpoolP256r1: { algorithm: 19, oid: "2b2403030208010107" },
  brainpoolP384r1: { algorithm: 19, oid: "2b240303020801010b" },
  brainpoolP512r1: { algorithm: 19, oid: "2b240303020801010d" },
  ed25519: { algorithm: 22, oid: "2b06010401da470f01" },
  ed448: { algorithm: 22, oid: "2b6571" },
} as const;

const made = new Map<string, KeyObject>();

/** Depends on the name alone where the signing kit's own keys do; the others are made once a process. */
function privateKeyOf(name: string, kind: GpgKeyKind): KeyObject {
  const id = `${kind} ${name}`;
  const key = made.get(id) ?? makePrivateKey(name, kind);
  made.set(id, key);
  return key;
}

function makePrivateKey(name: string, kind: GpgKeyKind): KeyObject {
  switch (kind) {
    case "rsa768":
      return generateKeyPairSync("rsa", { modulusLength: 768 }).privateKey;
    case "dsa1024":
      return generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).privateKey;
    case "dsa2048":
      return generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 }).privateKey;
    case "ed448":
      return generateKeyPairSync("ed448").privateKey;
    case "rsa1024":
    case "rsa2048":
    case "p224":
    case "p256":
    case "p384":
    case "p521":
    case "ed25519":
      return createSigningKey(`gpg ${name}`, kind).privateKey;
    default:
      return generateKeyPairSync("ec", { namedCurve: kind }).privateKey;
  }
}

function jwkMember(key: KeyObject, member: "n" | "e" | "x"): Buffer {
  return Buffer.from(key.export({ format: "jwk" })[member] ?? "", "base64url");
}

/** p, q, g and y. */
function dsaNumbers(key: KeyObject): readonly Uint8Array[] {
  const info = keyInfo(key);
  const algorithm = info.enter(derTag.sequence);
  algorithm?.oid();
  const parameters = algorithm?.enter(derTag.sequence);
  const publicNumber = new DerReader(info.bitString()?.bytes ?? octets());
  return [parameters, parameters, parameters, publicNumber].map((reader) => reader?.integer() ?? octets());
}

function uncompressedPoint(key: KeyObject): Uint8Array {
  const info = keyInfo(key);
  info.next();
  return info.bitString()?.bytes ?? octets();
}

function keyInfo(key: KeyObject): DerReader {
  const spki = new DerReader(createPublicKey(key).export({ type: "spki", format: "der" }));
  return spki.enter(derTag.sequence) ?? new DerReader(octets());
}

function curveMaterial({ oid }: { readonly oid?: string }, point: Uint8Array): Buffer {
  const curve = Buffer.from(oid ?? "", "hex");
  return Buffer.concat([octets(curve.length), curve, mpi(point)]);
}

/** r and s, of equal length. */
function bothNumbers(signature: Uint8Array): Buffer {
  const half = signature.length / 2;
  return Buffer.concat([mpi(signature.subarray(0, half)), mpi(signature.subarray(half))]);
}
