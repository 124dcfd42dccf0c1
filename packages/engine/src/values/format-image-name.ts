import { unreachable } from "./error.ts";
import { familiarReference, formatReference } from "./image-reference.ts";
import type { LayoutEntry, LocatedImage, StorageImage } from "./located-image.ts";

/**
 * An image as containers/image writes it in messages, and reads it again: `docker://busybox:latest`, `oci:path:name`.
 * Source: containers/image transports/transports.go, ImageName, and StringWithinTransport of each transport.
 */
export function formatImageName(image: LocatedImage): string {
  const within = withinTransport(image);
  return image.transport === "docker" ? `docker://${within}` : `${image.transport}:${within}`;
}

function withinTransport(image: LocatedImage): string {
  switch (image.transport) {
    case "docker":
    case "atomic":
      return familiarReference(image.reference);
    case "docker-daemon":
      return image.id ?? familiarReference(image.reference);
    case "docker-archive":
      if (image.reference !== undefined) return `${image.path}:${formatReference(image.reference)}`;
      return image.position === undefined ? image.path : `${image.path}:@${image.position}`;
    case "containers-storage":
      return withinStorage(image);
    case "dir":
    case "sif":
      return image.path;
    case "oci":
      return `${image.path}:${formatEntry(image.entry)}`;
    case "oci-archive":
      return `${image.path}:${image.name ?? ""}`;
    case "tarball":
      return image.paths.join(":");
    default:
      return unreachable(image);
  }
}

function formatEntry(entry: LayoutEntry): string {
  switch (entry.type) {
    case "only":
      return "";
    case "named":
      return entry.name;
    case "at":
      return `@${entry.position}`;
  }
}

function withinStorage({ store, reference, id }: StorageImage): string {
  const name = reference === undefined ? "" : formatReference(reference);
  return `[${store.driver}@${store.root}${store.options}]${name}${id === undefined ? "" : `@${id}`}`;
}
