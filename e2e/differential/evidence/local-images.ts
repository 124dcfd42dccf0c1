import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { writeDirectoryImage } from "@countersign/testkit/layouts/directory-image";
import { writeOciLayout } from "@countersign/testkit/layouts/oci-layout";
import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Question, Site } from "../case.ts";

/** A manifest in a directory, with what is stored as its signatures. */
export interface SignedManifest {
  readonly image: StoredManifest;
  readonly signatures?: readonly (SigstoreAttachment | Uint8Array)[];
}

/**
 * Writes an image of the site's registry into a directory of the case, with all that its copy would need.
 * @returns the directory
 */
export function intoDirectory(
  site: Site,
  { image, signatures = [] }: SignedManifest,
  instances: readonly SignedManifest[] = [],
  name = "image",
): string {
  const directory = site.absent(name);
  writeDirectoryImage(directory, {
    manifest: image.bytes,
    signatures: signatures.map(asBlob),
    instances: instances.map((instance) => ({
      manifest: instance.image.bytes,
      signatures: (instance.signatures ?? []).map(asBlob),
    })),
    blobs: [image, ...instances.map((instance) => instance.image)].flatMap((one) => blobsOf(site, one)),
  });
  return directory;
}

function asBlob(signature: SigstoreAttachment | Uint8Array): Uint8Array {
  return signature instanceof Uint8Array ? signature : sigstoreBlob(signature);
}

/**
 * Writes images into an OCI layout of the case, under names or without.
 * @returns the directory
 */
export function intoLayout(
  site: Site,
  entries: readonly (readonly [name: string | undefined, image: StoredManifest])[],
  instances: readonly StoredManifest[] = [],
  name = "layout",
): string {
  const directory = site.absent(name);
  const images = [...entries.map(([, image]) => image), ...instances];
  writeOciLayout(directory, {
    entries,
    blobs: [...instances.map(({ bytes }) => bytes), ...images.flatMap((image) => blobsOf(site, image))],
  });
  return directory;
}

/** Configuration and layers of a stored image; none for an index, or for what is no manifest. */
function blobsOf(site: Site, { bytes }: StoredManifest): readonly Uint8Array[] {
  const { config, layers = [] } = JSON.parse(Buffer.from(bytes).toString()) as {
    config?: { digest: string };
    layers?: readonly { digest: string }[];
  };
  return [config, ...layers].flatMap((one) => {
    const blob = one && site.store.blob(site.repository, one.digest);
    return blob === undefined ? [] : [blob];
  });
}

/** A policy that asks this of one scope of one transport and refuses everything else. */
export function demandOf(transport: string, scope: string, ...requirements: readonly unknown[]): string {
  return JSON.stringify({
    default: [{ type: "reject" }],
    transports: { [transport]: { [scope]: requirements } },
  });
}

/** Asks for an image by its name with a transport. */
export function askedAs(source: string, policy: string): Question {
  return { image: { source }, policy };
}
