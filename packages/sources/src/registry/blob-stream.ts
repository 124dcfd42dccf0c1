import type { Writable } from "node:stream";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { readRefusal, refusalCode } from "./refusal.ts";
import type { RegistryPushClient } from "./registry-client.ts";

/** A blob as manifests refer to it. */
export interface BlobDescriptor {
  readonly digest: Digest;
  /** bytes; what has another size is not taken */
  readonly size: number;
}

/** Reads blobs that are too large to be held. */
export interface BlobStream {
  /**
   * Resolves once all of it went into `sink`, which is not ended: nothing was checked but that it is not larger.
   * @param size - bytes that it should have
   * @throws CountersignError
   */
  streamBlob(digest: Digest, size: number, sink: Writable, signal: AbortSignal): Promise<void>;
}

export function blobStream(name: string, client: RegistryPushClient): BlobStream {
  return {
    async streamBlob(digest, size, sink, signal) {
      const request = { method: "GET", headers: { accept: "*/*" }, bodyLimit: size, sink } as const;
      const answer = await client.send({ ...request, target: `blobs/${digest}` }, signal);
      if (answer.status === 200) return;
      const refusal = readRefusal(answer);
      throw new CountersignError(refusalCode(refusal), `reading blob ${digest} in ${name}: ${refusal.text}`);
    },
  };
}
