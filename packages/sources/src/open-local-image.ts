import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import type { DockerImage, LocatedImage } from "@countersign/engine/values/located-image";
import type { ImageSource } from "@countersign/engine/verify/ports";
import { openDirectoryImage } from "./directory/open-directory-image.ts";
import { openOciImage } from "./oci-layout/open-oci-image.ts";
import type { SignaturePlace } from "./signature-places.ts";

/**
 * Opens an image that is in no registry, if it lies open in a directory. Archives, and the stores of other tools, a
 * policy can speak of; they are not read.
 * @throws CountersignError TRANSPORT_UNSUPPORTED; IMAGE_UNREADABLE, MANIFEST_INVALID or TOO_LARGE
 */
export async function openLocalImage(
  image: Exclude<LocatedImage, DockerImage>,
  signal: AbortSignal,
): Promise<ImageSource> {
  switch (image.transport) {
    case "dir":
      return openDirectoryImage(image, signal);
    case "oci":
      return openOciImage(image, signal);
    default:
      throw unsupported(image);
  }
}

/**
 * Where signatures of an image that is in no registry are looked for; nowhere, where there is no room for any.
 * @param readsBundles - whether the policy has a requirement that does
 */
export function localSignaturePlaces(
  image: LocatedImage,
  manifest: Digest,
  readsBundles: boolean,
): readonly SignaturePlace[] {
  switch (image.transport) {
    case "dir":
      return [{ kind: "directory", location: image.path, searched: true }];
    case "oci":
      return [{ kind: "referrers", location: `oci:${image.path}@${manifest}`, searched: readsBundles }];
    default:
      return [];
  }
}

function unsupported(image: LocatedImage): CountersignError {
  const name = formatImageName(image);
  return new CountersignError(
    "TRANSPORT_UNSUPPORTED",
    `${name}: images of the transport ${image.transport} are not read; copy it with "skopeo copy ${name} dir:DIRECTORY" and ask about dir:DIRECTORY`,
  );
}
