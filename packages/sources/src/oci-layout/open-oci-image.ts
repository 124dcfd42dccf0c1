import { join } from "node:path";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import type { OciImage } from "@countersign/engine/values/located-image";
import { prefixing } from "@countersign/engine/values/prefixing";
import type { ImageSource } from "@countersign/engine/verify/ports";
import { readAttachments } from "../attachments/read-attachments.ts";
import { readJsonFile, readManifestFile } from "../files/manifest-file.ts";
import { withDigest } from "../instance-manifest.ts";
import { blobPath } from "./blob-path.ts";
import { layoutAttachments } from "./layout-attachments.ts";
import { chooseManifest, layoutDigest, parseLayoutIndex } from "./layout-index.ts";

/**
 * Opens an image in a directory of the OCI image layout. There is no room for containers/image's signatures in it, but for
 * what cosign attaches: manifests that refer to the image, as oras brings them along. As in the reference the file `oci-layout` is not asked for, and the image's own manifest is known by the digest it has: what index.json calls
 * it is only where to find it.
 * Source: containers/image oci/layout/oci_src.go.
 * @throws CountersignError IMAGE_UNREADABLE, MANIFEST_INVALID or TOO_LARGE, with the reference's whole text
 */
export async function openOciImage(image: OciImage, signal: AbortSignal): Promise<ImageSource> {
  const name = formatImageName(image);
  const { manifests, chosen } = await prefixing(`initializing source ${name}: `, async () => {
    const index = parseLayoutIndex(await readJsonFile(join(image.path, "index.json"), signal));
    return { manifests: index, chosen: chooseManifest(index, image.entry) };
  });
  const manifest = await prefixing(`determining manifest MIME type for ${name}: `, () =>
    readManifestFile(blobPath(image.path, layoutDigest(chosen)), chosen.mediaType, signal),
  );
  const store = layoutAttachments(image.path, manifests);
  return {
    physical: name,
    manifest,
    async instanceManifest(digest, instanceSignal) {
      const listed = manifests.find((each) => each.digest === digest);
      const path = blobPath(image.path, digest);
      return withDigest(await readManifestFile(path, listed?.mediaType ?? "", instanceSignal), digest);
    },
    signatures: async () => [],
    attachments: (query, attachmentsSignal) => readAttachments(store, query, attachmentsSignal),
  };
}
