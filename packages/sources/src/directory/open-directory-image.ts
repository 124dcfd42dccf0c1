import { formatImageName } from "@countersign/engine/values/format-image-name";
import type { DirectoryImage } from "@countersign/engine/values/located-image";
import { manifestDigest } from "@countersign/engine/values/manifest-digest";
import { prefixing } from "@countersign/engine/values/prefixing";
import type { ImageSource } from "@countersign/engine/verify/ports";
import { readManifestFile } from "../files/manifest-file.ts";
import { withDigest } from "../instance-manifest.ts";
import { directoryFiles } from "./directory-files.ts";
import { readDirectorySignatures } from "./directory-signatures.ts";
import { checkDirectoryVersion } from "./directory-version.ts";

/**
 * Opens an image that is kept with its signatures in a directory, as `skopeo copy … dir:` writes it. What its manifest
 * is nobody but itself says.
 * Source: containers/image directory/directory_src.go.
 * @throws CountersignError IMAGE_UNREADABLE, MANIFEST_INVALID or TOO_LARGE, with the reference's whole text
 */
export async function openDirectoryImage(image: DirectoryImage, signal: AbortSignal): Promise<ImageSource> {
  const name = formatImageName(image);
  const files = directoryFiles(image.path);
  await prefixing(`initializing source ${name}: `, () =>
    checkDirectoryVersion(files.version, image.resolvedPath, signal),
  );
  const manifest = await prefixing(`determining manifest MIME type for ${name}: `, () =>
    readManifestFile(files.manifest(undefined), "", signal),
  );
  return {
    physical: name,
    manifest,
    async instanceManifest(digest, instanceSignal) {
      return withDigest(await readManifestFile(files.manifest(digest), "", instanceSignal), digest);
    },
    signatures(subject, signaturesSignal) {
      const instance = subject === manifestDigest(manifest.bytes) ? undefined : subject;
      return readDirectorySignatures((number) => files.signature(instance, number), signaturesSignal);
    },
    attachments: async () => [],
  };
}
