import { unreachable } from "../values/error.ts";
import { formatImageName } from "../values/format-image-name.ts";
import type { NamedReference } from "../values/image-reference.ts";
import type { LocatedImage } from "../values/located-image.ts";
import { dockerScopes } from "./transports/docker-scopes.ts";
import { pathScopes } from "./transports/path-scopes.ts";
import { storageScopes } from "./transports/storage-scopes.ts";

/** All that a policy can know of an image: by this its scope is found and the name in a signature is compared. */
export interface PolicySubject {
  readonly transport: LocatedImage["transport"];
  /** as messages write it: `docker://busybox:latest` */
  readonly spelled: string;
  /** the scopes it falls under, the most specific first, without the transport's own default `""` */
  readonly scopes: readonly string[];
  /** the name people use; undefined where the transport knows none, and then most matchers match nothing */
  readonly reference: NamedReference | undefined;
}

/** Source: containers/image types.ImageReference, as each transport implements it. */
export function policySubject(image: LocatedImage): PolicySubject {
  return {
    transport: image.transport,
    spelled: formatImageName(image),
    scopes: scopesOf(image),
    reference: "reference" in image ? image.reference : undefined,
  };
}

function scopesOf(image: LocatedImage): readonly string[] {
  switch (image.transport) {
    case "docker":
    case "atomic":
      return dockerScopes(image.reference);
    case "docker-daemon":
      // one image has a name and an id: only by its name a policy can tell it from others
      return image.reference === undefined ? [] : dockerScopes(image.reference);
    case "containers-storage":
      return storageScopes(image);
    case "dir":
    case "oci":
    case "oci-archive":
    case "sif":
      return pathScopes(image.resolvedPath);
    case "docker-archive":
    case "tarball":
      return [];
    default:
      return unreachable(image);
  }
}
