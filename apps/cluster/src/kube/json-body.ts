import type { Readable } from "node:stream";
import { ApiFailure } from "./api-server.ts";

/** More than etcd lets an API server keep in one page of five hundred objects of ours. */
const maxBody = 64 * 1024 * 1024;

/**
 * Reads an answer as JSON; undefined if it is none, as a proxy's may be.
 * @throws ApiFailure `unreachable` when it breaks off or is too large
 */
export async function readJsonBody(body: Readable): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > maxBody) throw new RangeError(`more than ${maxBody} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ApiFailure("unreachable", `reading the API server's answer: ${reason}`, { cause });
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
