import type { Hint } from "../../policy/lint/hint.ts";
import { unsupportedKey } from "../../signature/check-signature.ts";
import { reasonOf } from "../../signature/invalid.ts";
import { pemText } from "../../signature/pem.ts";
import type { PublicKey } from "../../signature/public-key.ts";
import { parsePublicKeyPem } from "../../signature/public-key-pem.ts";
import { pemBlocks, privateKeyHint, type TrustMaterial, unusable } from "./trust-material.ts";

/** A key that images are signed with. */
export function* publicKeyHints(material: TrustMaterial): Generator<Hint> {
  const key = yield* readKey(material);
  if (key === undefined) return;
  yield* strengthHint(material, key);
}

/** A log's key, which must be ECDSA. */
export function* rekorKeyHints(material: TrustMaterial): Generator<Hint> {
  const key = yield* readKey(material);
  if (key === undefined || key.type === "ecdsa") return;
  yield unusable(
    material,
    "this Rekor public key is not using ECDSA",
    "write the log's own key, not a signer's",
  );
}

function* readKey(material: TrustMaterial): Generator<Hint, PublicKey | undefined> {
  const isPrivate = [...privateKeyHint(material)];
  yield* isPrivate;
  let key: PublicKey;
  try {
    key = parsePublicKeyPem(material.bytes);
  } catch (caught) {
    const reason = reasonOf(caught);
    if (isPrivate.length === 0) yield unusable(material, reason, remedyFor(material.bytes, reason));
    return undefined;
  }
  if (key.type === "unsupported") {
    yield unusable(material, unsupportedKey, "sign with ECDSA (P-256), Ed25519 or RSA");
    return undefined;
  }
  if (key.type === "rsa" && key.fault !== undefined) {
    yield unusable(material, key.fault, "sign with another key: ECDSA (P-256), Ed25519, or RSA of 3072 bits");
    return undefined;
  }
  yield* ignoredKeysHint(material);
  return key;
}

function* ignoredKeysHint({ path, name, bytes }: TrustMaterial): Generator<Hint> {
  const others = pemBlocks(bytes).length - 1;
  if (others < 1) return;
  yield {
    code: "KEYS_IGNORED",
    path,
    message: `${name}only the first of ${others + 1} PEM blocks is read`,
    remedy: `put each key into a file of its own, and name them all in a list ("keyPaths", "rekorPublicKeyPaths")`,
  };
}

function* strengthHint(material: TrustMaterial, key: PublicKey): Generator<Hint> {
  const bits = weakBits(key);
  if (bits === undefined) return;
  yield weak(material, `this RSA key has ${bits} bits, which is no longer held to be safe`);
}

export function weak({ path, name }: TrustMaterial, message: string): Hint {
  return {
    code: "KEY_WEAK",
    path,
    message: `${name}${message}`,
    remedy: "sign with ECDSA (P-256), Ed25519, or RSA of at least 2048 bits",
  };
}

/** The size of an RSA key below 2048 bits (NIST SP 800-131A); undefined for any other. */
export function weakBits(key: PublicKey): number | undefined {
  if (key.type !== "rsa") return undefined;
  const bits = key.key?.asymmetricKeyDetails?.modulusLength;
  return bits !== undefined && bits < 2048 ? bits : undefined;
}

/** What the file probably is. */
function remedyFor(bytes: Uint8Array, reason: string): string {
  const text = pemText(bytes);
  const [block] = pemBlocks(bytes);
  if (block?.label === "CERTIFICATE") {
    return "this is a certificate: take its key (openssl x509 -noout -pubkey -in FILE), or trust its CA with fulcio or pki";
  }
  if (text.includes("-----BEGIN PGP ")) return `this is an OpenPGP key: write {"type": "signedBy"}`;
  if (/^(ssh|ecdsa)-/.test(text)) return "this is an SSH key: ssh-keygen -e -m PKCS8 -f FILE makes PEM of it";
  if (bytes[0] === 0x30) {
    return "this is DER: openssl pkey -pubin -inform DER -in FILE makes PEM of it";
  }
  if (/^LS0tLS1CRUdJTi/.test(text))
    return "this is base64 of PEM: write it as it is in a file, and encode it once in data";
  if (reason.includes("elliptic curve")) return "sign with ECDSA on P-256, P-384 or P-521, Ed25519 or RSA";
  return "write the public key in PEM: -----BEGIN PUBLIC KEY-----, as cosign.pub is";
}
