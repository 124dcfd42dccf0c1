import { requirePart } from "@countersign/engine/cluster/parse-publication";
import type { Digest } from "@countersign/engine/values/digest";
import type { Clock } from "@countersign/engine/verify/ports";
import { configMaps } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { severalAtOnce } from "../several-at-once.ts";
import {
  digestOfPart,
  partLabel,
  partName,
  partObject,
  type RuleMark,
  textOf,
} from "../sync/published-objects.ts";

/** The parts of publications in the API server, as far as one controller knows of them. */
export interface PublishedParts {
  /** Reads what is there, all of it. */
  look(signal: AbortSignal): Promise<ReadonlyMap<Digest, ApiObject>>;
  has(digest: Digest): boolean;
  /** @throws ApiFailure */
  add(digest: Digest, text: string, mark: RuleMark | undefined, signal: AbortSignal): Promise<void>;
  /** Removes what nothing leads to any more, after a while. */
  keepOnly(used: ReadonlySet<Digest>, signal: AbortSignal): Promise<void>;
  /** Somebody removed it. */
  lost(digest: Digest): void;
}

/** Parts that an older index led to stay for as long as a node may still be fetching them. */
const graceMs = 15 * 60_000;
/**
 * And no more of them than this, in characters: whoever edits one large policy every second would fill etcd with what it was. A
 * node that misses a part of an older index takes the newest one.
 */
const mostObsolete = 16 * 1024 * 1024;

/** A part that is known to be there. */
interface KnownPart {
  /** since when nothing leads to it; undefined: the index does */
  readonly since: number | undefined;
  readonly size: number;
}

export function publishedParts(server: ApiServer, namespace: string, clock: Clock): PublishedParts {
  /** in the order in which they came to be there or out of use */
  const there = new Map<Digest, KnownPart>();

  async function list(signal: AbortSignal): Promise<ReadonlyMap<Digest, ApiObject>> {
    const found = new Map<Digest, ApiObject>();
    for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
      const query = { namespace, labels: `${partLabel}=true`, limit: 200, ...(after && { after }) };
      const page = await server.list(configMaps, query, signal);
      for (const object of page.objects) {
        const digest = digestOfPart(object.metadata.name);
        if (digest !== undefined) found.set(digest, object);
      }
      after = page.next;
    }
    return found;
  }

  /** Somebody else may have made an object of that name; nodes would refuse what is in it. */
  async function requireSamePart(digest: Digest, object: ApiObject, signal: AbortSignal): Promise<void> {
    const found = await server.get(configMaps, { namespace, name: partName(digest) }, signal);
    if (found !== undefined && isPart(found, digest)) return;
    await server.delete(configMaps, { namespace, name: partName(digest) }, signal);
    await server.create(configMaps, object, signal);
  }

  return {
    has: (digest) => there.has(digest),
    lost: (digest) => void there.delete(digest),
    async look(signal) {
      const parts = await list(signal);
      for (const digest of [...there.keys()]) if (!parts.has(digest)) there.delete(digest);
      for (const [digest, object] of parts) {
        if (!isPart(object, digest)) there.delete(digest);
        else if (!there.has(digest))
          there.set(digest, { since: undefined, size: textOf(object, "part").length });
      }
      return parts;
    },
    async add(digest, text, mark, signal) {
      const object = partObject(namespace, digest, text, mark);
      try {
        await server.create(configMaps, object, signal);
      } catch (error) {
        if (!(error instanceof ApiFailure) || error.code !== "exists") throw error;
        await requireSamePart(digest, object, signal);
      }
      there.set(digest, { since: undefined, size: text.length });
    },
    async keepOnly(used, signal) {
      const now = clock.now();
      let obsolete = 0;
      for (const [digest, { since, size }] of [...there]) {
        if (used.has(digest)) there.set(digest, { since: undefined, size });
        else {
          obsolete += size;
          if (since !== undefined) continue;
          there.delete(digest);
          there.set(digest, { since: now, size });
        }
      }
      const overdue: Digest[] = [];
      for (const [digest, { since, size }] of there) {
        if (since === undefined || (now - since <= graceMs && obsolete <= mostObsolete)) continue;
        overdue.push(digest);
        obsolete -= size;
      }
      await severalAtOnce(overdue, async (digest) => {
        await server.delete(configMaps, { namespace, name: partName(digest) }, signal);
        there.delete(digest);
      });
    },
  };
}

function isPart(object: ApiObject, digest: Digest): boolean {
  try {
    requirePart(textOf(object, "part"), digest);
    return true;
  } catch {
    return false;
  }
}
