import type { Digest } from "@countersign/engine/values/digest";
import type { FetchedManifest } from "@countersign/engine/verify/ports";

/** A repository or layout, as far as attachments need it. Every limit is in bytes. */
export interface AttachmentStore {
  /** as messages name it: `quay.io/team/app` */
  readonly name: string;
  /**
   * A manifest by tag or digest; undefined if it is not there. Nothing is checked.
   * @throws CountersignError TOO_LARGE, or with a registry code when it cannot be known
   */
  lookUp(tagOrDigest: string, limit: number, signal: AbortSignal): Promise<FetchedManifest | undefined>;
  /**
   * A blob that is what its digest says.
   * @throws CountersignError REGISTRY_NOT_FOUND if it is not there, TOO_LARGE, or with another registry code
   */
  blob(digest: Digest, limit: number, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * A page of the list of what refers to a manifest; undefined where no such lists are kept, and the fallback tag counts.
   * @param query - of the page's address; `""` for the first
   */
  referrers(
    subject: Digest,
    query: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<ReferrersPage | undefined>;
}

/** As listed, before anything of it was believed. */
export interface ReferrersPage {
  /** an OCI index */
  readonly bytes: Uint8Array;
  /** the query of the page that follows */
  readonly next: string | undefined;
}
