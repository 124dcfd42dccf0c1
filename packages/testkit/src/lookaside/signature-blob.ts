import type { SigstoreAttachment } from "@countersign/engine/verify/ports";

/** A sigstore signature as containers/image stores it in files and lookasides. */
export function sigstoreBlob({ mediaType, payload, annotations }: SigstoreAttachment): Uint8Array {
  return sigstoreBlobOf(
    JSON.stringify({
      mimeType: mediaType,
      payload: Buffer.from(payload).toString("base64"),
      annotations: Object.fromEntries(annotations),
    }),
  );
}

/** The same around any JSON. */
export function sigstoreBlobOf(json: string): Uint8Array {
  return Buffer.from(`\0sigstore-json\n${json}`);
}
