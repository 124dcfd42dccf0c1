import type { Hint, HintCode } from "../../policy/lint/hint.ts";
import { type SigningKey, signingKeys } from "../../signature/openpgp/key-validity.ts";
import { importKeys, type TrustedCertificate } from "../../signature/openpgp/keyring.ts";
import { bitLength } from "../../signature/openpgp/octets.ts";
import { pemText } from "../../signature/pem.ts";
import { CountersignError } from "../../values/error.ts";
import { weak } from "./key-hints.ts";
import { pemBlocks, privateKeyHint, secretKeyHint, type TrustMaterial, unusable } from "./trust-material.ts";

/**
 * OpenPGP keys, each file by itself: whether anything that they sign is accepted.
 * @param now seconds since 1970
 */
export function* openPgpKeyHints(material: TrustMaterial, now: number): Generator<Hint> {
  const isPrivate = [...privateKeyHint(material)];
  yield* isPrivate;
  if (isPrivate.length > 0) return;
  let certificates: readonly TrustedCertificate[];
  try {
    certificates = importKeys([material.bytes]).certificates;
  } catch (caught) {
    const { message: reason } = CountersignError.from(caught);
    yield reason.includes(" a secret key")
      ? secretKeyHint(material, "OpenPGP")
      : unusable(material, reason, "take it out: gpg --export writes the keys that are named");
    return;
  }
  yield* certificates.length === 0 ? noKeyHints(material) : standingHints(material, certificates, now);
}

function* noKeyHints(material: TrustMaterial): Generator<Hint> {
  const { bytes } = material;
  const [block] = pemBlocks(bytes);
  const isArmored = pemText(bytes).includes("-----BEGIN PGP ");
  // OpenPGP packets begin with a set bit, RFC 9580 §4.2
  const isBinary = ((bytes[0] ?? 0) & 0x80) !== 0;
  if (isArmored || isBinary) {
    yield unusable(
      material,
      "there is no OpenPGP key in it that has signed its own name; by itself it lets no signature count",
      "write what gpg --export KEY gives; key servers may leave names out",
    );
    return;
  }
  const remedy =
    block === undefined
      ? "write what gpg --export KEY gives"
      : `this is ${block.label} of the sigstore kind: write {"type": "sigstoreSigned"}, or an OpenPGP key`;
  yield unusable(material, "there is no OpenPGP key in it, so no signature is accepted", remedy);
}

const soon = 30 * 24 * 3600;

/** An old key beside the current one is nothing to be told. */
function* standingHints(
  material: TrustMaterial,
  certificates: readonly TrustedCertificate[],
  now: number,
): Generator<Hint> {
  const [first] = certificates;
  const whose = certificates.length === 1 ? `key ${first?.key.fingerprint}` : "every key in it";
  const at = (time: number) => {
    const present = certificates.filter(({ key }) => key.created <= time);
    return present.flatMap((certificate) => signingKeys(certificate, time));
  };
  const keys = at(now);
  const good = keys.filter(isGood);
  if (good.length === 0) {
    yield bad(material, whose, keys);
    return;
  }
  if (!at(now + soon).some(isGood)) {
    yield {
      code: "KEY_EXPIRES_SOON",
      path: material.path,
      message: `${material.name}${whose} expires within thirty days`,
      remedy: "extend it (gpg --quick-set-expire KEY 1y) and export it again, or put its successor beside it",
    };
  }
  for (const { key } of good) {
    const bits = key.algorithm?.type === "rsa" ? bitLength(key.numbers[0] ?? new Uint8Array()) : undefined;
    if (bits !== undefined && bits < 2048)
      yield weak(material, `RSA key ${key.fingerprint} has ${bits} bits, which is no longer held to be safe`);
  }
}

function isGood({ isExpired, isRevoked, isCrossCertified }: SigningKey): boolean {
  return !isExpired && !isRevoked && isCrossCertified;
}

function bad({ path, name }: TrustMaterial, whose: string, keys: readonly SigningKey[]): Hint {
  const { code, what, remedy } = whyBad(keys);
  return { code, path, message: `${name}${whose} ${what}: nothing that it has signed is accepted`, remedy };
}

function whyBad(keys: readonly SigningKey[]): {
  readonly code: HintCode;
  readonly what: string;
  readonly remedy: string;
} {
  if (keys.some(({ isExpired, isRevoked }) => isExpired && !isRevoked))
    return {
      code: "KEY_EXPIRED",
      what: "has expired",
      remedy: "extend it (gpg --quick-set-expire KEY 1y) and export it again, or write its successor",
    };
  if (keys.some(({ isRevoked }) => isRevoked))
    return { code: "KEY_REVOKED", what: "is revoked", remedy: "write its successor" };
  return {
    code: "KEY_CANNOT_SIGN",
    what: "may not sign, or not yet",
    remedy:
      "export a key with the usage S (gpg --list-keys --with-subkey-fingerprint), or give it a subkey that has: gpg --quick-add-key KEY ed25519 sign",
  };
}
