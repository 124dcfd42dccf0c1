import type { Digest } from "./digest.ts";

/** A normalised name with whatever tag or digest was written; see distribution/reference. */
export interface NamedReference {
  /** host[:port], `docker.io` when none was written */
  readonly domain: string;
  /** repository path without host, e.g. `library/busybox` */
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

/** An image that can be asked for: exactly one of tag and digest. */
export type ImageReference = NamedReference &
  (
    | { readonly tag: string; readonly digest: undefined }
    | { readonly tag: undefined; readonly digest: Digest }
  );
