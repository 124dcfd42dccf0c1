import type { Digest } from "@countersign/engine/values/digest";
import { formatReference, type ImageReference } from "@countersign/engine/values/image-reference";
import type { ImageSource, UnverifiedSignature } from "@countersign/engine/verify/ports";
import { readAttachments } from "../attachments/read-attachments.ts";
import { withDigest } from "../instance-manifest.ts";
import type { RepositoryReader } from "./repository-reader.ts";
import { readSigstoreAttachments } from "./sigstore-attachments.ts";

/** Where signatures are looked for besides in the registry's own list of them. */
export interface SignatureStores {
  /** every signature that the lookaside has for a manifest */
  lookaside(manifest: Digest, signal: AbortSignal): Promise<readonly UnverifiedSignature[]>;
  /** whether also beside the image, where cosign keeps them */
  readonly sigstoreAttachments: boolean;
}

/**
 * Opens one place that may have the image: there is a source once its manifest is here.
 * @throws CountersignError with a registry code
 */
export async function openRegistryImage(
  physical: ImageReference,
  reader: RepositoryReader,
  stores: SignatureStores,
  signal: AbortSignal,
): Promise<ImageSource> {
  const manifest = await reader.manifest(physical.digest ?? physical.tag, signal);
  return {
    physical: formatReference(physical),
    manifest,
    async instanceManifest(digest, instanceSignal) {
      return withDigest(await reader.manifest(digest, instanceSignal), digest);
    },
    async signatures(subject, signaturesSignal) {
      const listed = await reader.listedSignatures(subject, signaturesSignal);
      const stored =
        listed === undefined
          ? await stores.lookaside(subject, signaturesSignal)
          : listed.map((bytes, index) =>
              listedSignature(bytes, `${reader.name}@${subject} in its list, ${index + 1}`),
            );
      if (!stores.sigstoreAttachments) return stored;
      return [...stored, ...(await readSigstoreAttachments(reader, subject, signaturesSignal))];
    },
    attachments: (query, attachmentsSignal) => readAttachments(reader, query, attachmentsSignal),
  };
}

function listedSignature(bytes: Uint8Array, location: string): UnverifiedSignature {
  return { type: "simpleSigning", bytes, location };
}
