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

const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/**
 * Parses a digest as go-digest's `Digest.Validate` does.
 * @throws CountersignError DIGEST_INVALID, with go-digest's own words
 */
export function parseDigest(text: string): Digest {
  const colon = text.indexOf(":");
  if (colon <= 0 || colon === text.length - 1) throw invalid("invalid checksum digest format");
  const length = hexLength.get(text.slice(0, colon));
  if (length === undefined) {
    throw invalid(
      digestPattern.test(text) ? "unsupported digest algorithm" : "invalid checksum digest format",
    );
  }
  const hex = text.slice(colon + 1);
  if (Buffer.byteLength(hex) !== length) throw invalid("invalid checksum digest length");
  if (!/^[0-9a-f]+$/.test(hex)) throw invalid("invalid checksum digest format");
  return text as Digest;
}

/** Whether {@link parseDigest} takes it. */
export function isDigest(text: string): text is Digest {
  try {
    parseDigest(text);
    return true;
  } catch (error) {
    if (error instanceof CountersignError) return false;
    throw error;
  }
}

function invalid(message: string): CountersignError {
  return new CountersignError("DIGEST_INVALID", message);
}

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
