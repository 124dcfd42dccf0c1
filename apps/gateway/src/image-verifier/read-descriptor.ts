import { parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { looseMember } from "@countersign/engine/values/loose-member";
import { parseJson } from "@countersign/engine/values/strict-json";
import type { ResolvedImage } from "./verifier-call.ts";

export const descriptorMediaType = "application/vnd.oci.descriptor.v1+json";

/** A descriptor is some hundred bytes, and may carry a small manifest whole. */
const maxDescriptorSize = 8 * 1024 * 1024;

/**
 * Checks that standard input is about the manifest that the arguments name. Of a media type that nobody has defined yet
 * nothing is known and nothing read: name and digest say all that is judged.
 * @throws CountersignError USAGE, when the two differ or what comes is no descriptor
 */
export async function requireSameDigest(
  { digest }: ResolvedImage,
  mediaType: string,
  input: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (mediaType !== descriptorMediaType) return;
  const described = describedDigest(await readAll(input));
  if (described === digest) return;
  throw new CountersignError(
    "USAGE",
    `-digest is ${digest}, and the descriptor on standard input is of ${described}`,
  );
}

function describedDigest(bytes: Uint8Array): string {
  try {
    const digest = looseMember(parseJson(bytes), "digest");
    return parseDigest(digest?.kind === "string" ? digest.value : "");
  } catch (caught) {
    const { message } = CountersignError.from(caught);
    throw new CountersignError("USAGE", `standard input is not an OCI descriptor: ${message}`);
  }
}

async function readAll(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > maxDescriptorSize) {
      throw new CountersignError("USAGE", `standard input has more than ${maxDescriptorSize} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
