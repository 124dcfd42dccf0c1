import type { IncomingMessage } from "node:http";
import { CountersignError } from "@countersign/engine/values/error";

/**
 * Twice what an API server takes of an object (3 MiB), as a review of a change has the object before and after, and room
 * for what stands around it.
 */
export const maxReviewSize: number = 8 * 1024 * 1024;

/**
 * @param take is told how many bytes came, and may refuse them
 * @throws CountersignError TOO_LARGE, CANCELLED for a body that broke off, or as `take` does
 */
export async function readBody(
  incoming: IncomingMessage,
  take: (bytes: number) => void,
): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxReviewSize) break;
      take(chunk.length);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof CountersignError) throw cause;
    throw new CountersignError("CANCELLED", "the caller went away", { cause });
  }
  if (size <= maxReviewSize) return Buffer.concat(chunks);
  throw new CountersignError("TOO_LARGE", `a review has at most ${maxReviewSize} bytes`);
}
