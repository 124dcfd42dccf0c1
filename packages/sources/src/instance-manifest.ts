import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { manifestDigest } from "@countersign/engine/values/manifest-digest";
import type { FetchedManifest } from "@countersign/engine/verify/ports";

/**
 * A manifest that has the digest it was asked for by. By sha256 whatever the digest says, as containers/image compares
 * it: one by sha512 never matches.
 * @throws CountersignError MANIFEST_DIGEST_MISMATCH
 */
export function withDigest(manifest: FetchedManifest, digest: Digest): FetchedManifest {
  if (manifestDigest(manifest.bytes) === digest) return manifest;
  throw new CountersignError(
    "MANIFEST_DIGEST_MISMATCH",
    `Manifest does not match provided manifest digest ${digest}`,
  );
}
