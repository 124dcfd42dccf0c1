import { CountersignError } from "../error.ts";
import { quote } from "../go-format.ts";
import { familiarReference, isTagged, type NamedReference, parseNamedReference } from "../image-reference.ts";
import type { AtomicImage } from "../located-image.ts";

const form = "expected format: 'hostname/namespace/stream:tag'";

/**
 * `host/namespace/stream:tag`. A tag with a digest, over which the reference crashes, is refused.
 * Source: containers/image openshift/openshift_transport.go, ParseReference.
 * @throws CountersignError REFERENCE_INVALID
 */
export function parseAtomicImage(text: string): AtomicImage {
  const reference = parseName(text);
  if (reference.tag === undefined) throw invalid(`invalid image reference ${text}, ${form}`);
  if (reference.path.split("/").length !== 2 || !isTagged(reference)) {
    throw invalid(`invalid image reference: ${familiarReference(reference)}, ${form}`);
  }
  return { transport: "atomic", reference };
}

function parseName(text: string): NamedReference {
  try {
    return parseNamedReference(text);
  } catch (error) {
    throw invalid(`failed to parse image reference ${quote(text)}: ${CountersignError.from(error).message}`);
  }
}

function invalid(message: string): CountersignError {
  return new CountersignError("REFERENCE_INVALID", message);
}
