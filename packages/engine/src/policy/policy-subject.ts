import { familiarReference, type NamedReference } from "../values/image-reference.ts";
import type { LocatedImage } from "../values/located-image.ts";
import { dockerScopes } from "./docker-scopes.ts";

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
  const { transport, reference } = image;
  return {
    transport,
    spelled: `docker://${familiarReference(reference)}`,
    scopes: dockerScopes(reference),
    reference,
  };
}
