import { createHash } from "node:crypto";
import { CountersignError } from "./error.ts";

declare const digestBrand: unique symbol;

/** A checked `algorithm:hex` string of opencontainers/go-digest; {@link parseDigest} is the way to get one. */
export type Digest = string & { readonly [digestBrand]: true };

const hexLength: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
]);

/**
 * Parses a digest as go-digest's `Digest.Validate` does.
 * @throws CountersignError DIGEST_INVALID, with go-digest's own words
 */
export function parseDigest(text: string): Digest {
  const [, algorithm = "", hex = ""] = digestPattern.exec(text) ?? [];
  if (algorithm === "") throw new CountersignError("DIGEST_INVALID", "invalid checksum digest format");
  const length = hexLength.get(algorithm);
  if (length === undefined) throw new CountersignError("DIGEST_INVALID", "unsupported digest algorithm");
  if (hex.length !== length) throw new CountersignError("DIGEST_INVALID", "invalid checksum digest length");
  if (!/^[0-9a-f]+$/.test(hex))
    throw new CountersignError("DIGEST_INVALID", "invalid checksum digest format");
  return text as Digest;
}

const digestPattern = /^([a-z0-9]+(?:[.+_-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/;

export type DigestAlgorithm = "sha256" | "sha384" | "sha512";

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(":")) as DigestAlgorithm;
}

export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The digest of some bytes; sha256 unless the caller has to match another. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as Digest;
}
