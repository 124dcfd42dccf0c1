import type { NamedReference } from "../values/image-reference.ts";

/** How the name inside a signature must relate to the image that was asked for. */
export type IdentityMatch =
  | { readonly type: "matchExact" }
  | { readonly type: "matchRepoDigestOrExact" }
  | { readonly type: "matchRepository" }
  | { readonly type: "exactReference"; readonly reference: NamedReference }
  | { readonly type: "exactRepository"; readonly repository: NamedReference }
  | { readonly type: "remapIdentity"; readonly prefix: string; readonly signedPrefix: string };
