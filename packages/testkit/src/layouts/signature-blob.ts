import { type Attachment, signatureType } from "../registry/attachments.ts";

/** A signature of cosign's kind as containers/image keeps it in files. */
export function sigstoreBlob({ payload, annotations, mediaType = signatureType }: Attachment): Uint8Array {
  const content = {
    mimeType: mediaType,
    payload: Buffer.from(payload).toString("base64"),
    annotations: Object.fromEntries(annotations),
  };
  return Buffer.from(`\0sigstore-json\n${JSON.stringify(content)}`);
}
