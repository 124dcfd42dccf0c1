import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import type { HttpClient } from "../registry/http-client.ts";
import { readSignatureBlob } from "../signature-blob/read-signature-blob.ts";
import { fetchStored } from "./fetch-stored.ts";
import { below, digestSuffix, type LookasideLocation } from "./location.ts";

/** One more than can be read: the reference takes a server that has so many for broken. */
const tooMany = 128;
/** As much as is read of what cosign attaches: the judge hashes all of it. */
const maxTotalSize = 32 * 1024 * 1024;

/**
 * Every signature that a lookaside has for a manifest: `signature-1` and so on, to the first that is missing. One that
 * cannot be read spoils them all.
 * Source: containers/image docker/docker_image_src.go, appendSignaturesFromLookaside.
 * @param base - of the repository; see `lookasideBase`
 * @param http - speaks to the lookaside as to the registry: with its CAs, and unverified if it is insecure
 * @throws CountersignError SIGNATURE_UNREADABLE, REGISTRY_UNREACHABLE, CONFIG_INVALID or TOO_LARGE
 */
export async function readLookaside(
  base: LookasideLocation,
  manifest: Digest,
  http: HttpClient,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const directory = below(base, digestSuffix(manifest));
  const signatures: UnverifiedSignature[] = [];
  let total = 0;
  while (signatures.length < tooMany) {
    const file = below(directory, `/signature-${signatures.length + 1}`);
    const stored = await fetchStored(file, http, signal);
    if (stored === undefined) return signatures;
    const { bytes, location, named } = stored;
    total += bytes.length;
    if (total > maxTotalSize) throw tooLarge(`signatures up to ${location} exceed ${maxTotalSize} bytes`);
    signatures.push(readSignatureBlob(bytes, location, named));
  }
  throw tooLarge(`server provided ${tooMany} signatures, assuming that's unreasonable and a server error`);
}

function tooLarge(message: string): CountersignError {
  return new CountersignError("TOO_LARGE", message);
}
