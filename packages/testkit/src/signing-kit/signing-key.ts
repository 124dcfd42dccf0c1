import {
  constants,
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { signWithDerivedNonce } from "./derived-nonce.ts";

/** A private key, and what of its public half goes into policies and certificates. */
export interface SigningKey {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo */
  readonly spki: Uint8Array;
  /** `PUBLIC KEY`, as cosign writes key files */
  readonly publicKeyPem: string;
  /** Signs with the key's usual algorithm: ECDSA in DER, RSA PKCS #1 v1.5, pure Ed25519. */
  sign(message: Uint8Array, options?: SignOptions): Uint8Array;
}

export type KeyKind = "p224" | "p256" | "p384" | "p521" | "rsa1024" | "rsa2048" | "ed25519";

export interface SignOptions {
  /** default sha256; ignored by Ed25519 */
  readonly hash?: "sha1" | "sha256" | "sha384" | "sha512";
  /** ECDSA only; default der */
  readonly encoding?: "der" | "ieee-p1363";
  /** RSA only; default pkcs1 */
  readonly padding?: "pkcs1" | "pss";
  /** ECDSA in DER only: another one, another signature of the same message */
  readonly salt?: string;
}

/**
 * Makes a key. All kinds but RSA depend on the name alone, and what they sign on the message alone, so that a failing
 * test fails again; RSA keys are made once a process.
 */
export function createSigningKey(name: string, kind: KeyKind = "p256"): SigningKey {
  const privateKey = privateKeyOf(name, kind);
  const publicKey = createPublicKey(privateKey);
  return {
    kind,
    privateKey,
    spki: publicKey.export({ type: "spki", format: "der" }),
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    sign(message, { hash = "sha256", encoding = "der", padding = "pkcs1", salt } = {}) {
      switch (kind) {
        case "ed25519":
          return sign(null, message, privateKey);
        case "rsa1024":
        case "rsa2048":
          return sign(hash, message, { key: privateKey, ...paddings[padding] });
        default:
          return encoding === "der"
            ? signWithDerivedNonce(curves[kind], scalarOf(name, kind), message, hash, salt)
            : sign(hash, message, { key: privateKey, dsaEncoding: encoding });
      }
    },
  };
}

const paddings = {
  pkcs1: { padding: constants.RSA_PKCS1_PADDING },
  pss: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
};

function privateKeyOf(name: string, kind: KeyKind): KeyObject {
  switch (kind) {
    case "rsa1024":
    case "rsa2048":
      return rsaKey(name, Number(kind.slice(3)));
    case "ed25519":
      return ed25519Key(seed(name, kind, 32));
    default:
      return ecKey(name, kind);
  }
}

const rsaKeys = new Map<string, KeyObject>();

function rsaKey(name: string, modulusLength: number): KeyObject {
  const id = `${modulusLength} ${name}`;
  const key = rsaKeys.get(id) ?? generateKeyPairSync("rsa", { modulusLength }).privateKey;
  rsaKeys.set(id, key);
  return key;
}

function ed25519Key(bytes: Buffer): KeyObject {
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), bytes]);
  return createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
}

/** Source of the orders: SEC 2 §2. */
const curves = {
  p224: {
    curve: "secp224r1",
    size: 28,
    order: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
  },
  p256: {
    curve: "prime256v1",
    size: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  p384: {
    curve: "secp384r1",
    size: 48,
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  p521: {
    curve: "secp521r1",
    size: 66,
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
} as const;

/** SEC 1 private key, without the public point: OpenSSL computes it. */
function ecKey(name: string, kind: keyof typeof curves): KeyObject {
  const { curve } = curves[kind];
  const scalar = scalarOf(name, kind);
  const ecdh = createECDH(curve);
  ecdh.setPrivateKey(scalar);
  const point = ecdh.getPublicKey();
  if (kind === "p224") return sec1Key(scalar, "06052b81040021", point);
  const jwkCurves = { p256: "P-256", p384: "P-384", p521: "P-521" } as const;
  const half = (point.length - 1) / 2;
  const jwk = {
    kty: "EC",
    crv: jwkCurves[kind],
    d: scalar.toString("base64url"),
    x: point.subarray(1, 1 + half).toString("base64url"),
    y: point.subarray(1 + half).toString("base64url"),
  };
  return createPrivateKey({ key: jwk, format: "jwk" });
}

function scalarOf(name: string, kind: keyof typeof curves): Buffer {
  const scalar = seed(name, kind, curves[kind].size);
  // below every curve's order
  scalar[0] = kind === "p521" ? 0 : (scalar[0] ?? 0) & 0x7f;
  return scalar;
}

/** JWK knows no P-224. */
function sec1Key(scalar: Buffer, curveOid: string, point: Buffer): KeyObject {
  const tlv = (tag: number, ...parts: readonly Buffer[]) => {
    const content = Buffer.concat(parts);
    return Buffer.concat([Buffer.from([tag, content.length]), content]);
  };
  const key = tlv(
    0x30,
    Buffer.from([2, 1, 1]),
    tlv(0x04, scalar),
    tlv(0xa0, Buffer.from(curveOid, "hex")),
    tlv(0xa1, tlv(0x03, Buffer.from([0]), point)),
  );
  return createPrivateKey({ key, format: "der", type: "sec1" });
}

function seed(name: string, kind: KeyKind, size: number): Buffer {
  return createHash("shake256", { outputLength: size })
    .update(`countersign testkit ${kind} ${name}`)
    .digest();
}
