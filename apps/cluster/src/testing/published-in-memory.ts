import {
  type PolicySet,
  type Publication,
  printIndex,
  publish,
} from "@countersign/engine/cluster/publication";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { PublicationSource } from "../sync/publication-source.ts";

/** A cluster's published policies in memory: what a controller would have put into the API server. */
export interface PublishedInMemory {
  readonly source: PublicationSource;
  publish(set: PolicySet, generation: number): Publication;
  /** Has followers see any text as the index. */
  announce(index: string): void;
  /** parts that were asked for, in order */
  readonly asked: readonly Digest[];
  /** Has a part be served otherwise; undefined: not at all. */
  serve(digest: Digest, text: string | undefined): void;
}

export function publishedInMemory(): PublishedInMemory {
  const parts = new Map<Digest, string>();
  const asked: Digest[] = [];
  const followers = new Set<(index: string) => void>();
  let current: string | undefined;

  function announce(index: string): void {
    current = index;
    for (const tell of followers) tell(index);
  }

  return {
    asked,
    announce,
    publish(set, generation) {
      const publication = publish(set, generation);
      for (const [digest, text] of publication.parts) parts.set(digest, text);
      announce(printIndex(publication.index));
      return publication;
    },
    serve(digest, text) {
      if (text === undefined) parts.delete(digest);
      else parts.set(digest, text);
    },
    source: {
      async *follow(signal) {
        const waiting: string[] = current === undefined ? [] : [current];
        let wake = () => {};
        const tell = (index: string) => {
          waiting.push(index);
          wake();
        };
        followers.add(tell);
        signal.addEventListener("abort", () => wake());
        try {
          while (!signal.aborted) {
            const next = waiting.shift();
            if (next !== undefined) yield next;
            else {
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
            }
          }
        } finally {
          followers.delete(tell);
        }
      },
      async part(digest) {
        asked.push(digest);
        const text = parts.get(digest);
        if (text !== undefined) return text;
        throw new CountersignError("REGISTRY_NOT_FOUND", `there is no part ${digest}`);
      },
    },
  };
}
