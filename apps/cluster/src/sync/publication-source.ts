import type { Digest } from "@countersign/engine/values/digest";

/** Where a node learns of its policies. Nothing of what it says is believed: parts are checked by their digests. */
export interface PublicationSource {
  /**
   * The index as it is now, and each that replaces it, until `signal` ends it. Reconnects by itself, with patience and
   * jitter; what cannot be reached is told to the events, not thrown.
   */
  follow(signal: AbortSignal): AsyncIterable<string>;
  /** @throws CountersignError when it cannot be had */
  part(digest: Digest, signal: AbortSignal): Promise<string>;
}
