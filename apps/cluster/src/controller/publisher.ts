import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { parseIndex, requirePart } from "@countersign/engine/cluster/parse-publication";
import { PartMemo } from "@countersign/engine/cluster/part-memo";
import {
  type PolicyIndex,
  type PolicySet,
  printIndex,
  publish,
} from "@countersign/engine/cluster/publication";
import type { Digest } from "@countersign/engine/values/digest";
import type { Clock } from "@countersign/engine/verify/ports";
import { configMaps } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { severalAtOnce } from "../several-at-once.ts";
import {
  digestOfPart,
  indexName,
  indexObject,
  partLabel,
  partName,
  partObject,
  type RuleMark,
  textOf,
} from "../sync/published-objects.ts";
import { rulesInForce } from "./rules-in-force.ts";

/** Puts the cluster's policies where nodes find them. */
export interface Publisher {
  /**
   * Reads what is published, to go on from there: before the first publication, and after one that met a conflict.
   * @returns the rules that the index leads to
   */
  resume(signal: AbortSignal): Promise<readonly CompiledRule[]>;
  /**
   * Publishes a set unless it is what is published already: first the parts, then the index that leads to them, so that
   * a node never meets an index with parts that are not there.
   * @param rules whose texts the set has
   * @throws ApiFailure; then the old index still leads to all its parts. `conflict`: another controller published since
   * {@link resume}; what this one knows is out of date
   */
  publish(set: PolicySet, rules: Iterable<CompiledRule>, signal: AbortSignal): Promise<Published>;
  /** Somebody removed the object of that name: what was in it is written again with the next publication. */
  lost(name: string): void;
}

export interface Published {
  /** in force now */
  readonly generation: number;
  /** whether it was published just now */
  readonly isNew: boolean;
  readonly parts: number;
}

/** Of a rule's shortcomings: an annotation has little room, and so has the status that it is for. */
const mostTold = 20;
const longestMessage = 1000;

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

/**
 * @param reportWithin seconds over which nodes are asked to spread their reports, for the next index
 */
export function publisher(
  server: ApiServer,
  namespace: string,
  clock: Clock,
  reportWithin: () => number,
): Publisher {
  /** in the order in which they came to be there or out of use */
  const there = new Map<Digest, KnownPart>();
  const memo = new PartMemo();
  /** as it was read or written last: whoever wrote it since is not overwritten */
  let indexThere: ApiObject | undefined;
  let isResumed = false;

  async function partsThere(signal: AbortSignal): Promise<ReadonlyMap<Digest, ApiObject>> {
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

  async function addPart(
    digest: Digest,
    text: string,
    mark: RuleMark | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const object = partObject(namespace, digest, text, mark);
    try {
      await server.create(configMaps, object, signal);
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.code !== "exists") throw error;
      await requireSamePart(digest, object, signal);
    }
    there.set(digest, { since: undefined, size: text.length });
  }

  /** Somebody else may have made an object of that name; nodes would refuse what is in it. */
  async function requireSamePart(digest: Digest, object: ApiObject, signal: AbortSignal): Promise<void> {
    const found = await server.get(configMaps, { namespace, name: partName(digest) }, signal);
    if (found !== undefined && isPart(found, digest)) return;
    await server.delete(configMaps, { namespace, name: partName(digest) }, signal);
    await server.create(configMaps, object, signal);
  }

  async function removeObsolete(used: ReadonlySet<Digest>, signal: AbortSignal): Promise<void> {
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
  }

  async function writeIndex(text: string, signal: AbortSignal): Promise<void> {
    const wanted = indexObject(namespace, text);
    try {
      indexThere =
        indexThere === undefined
          ? await server.create(configMaps, wanted, signal)
          : await server.replace(configMaps, { ...wanted, metadata: indexThere.metadata }, signal);
    } catch (error) {
      // whether it was written is not always known; what is there has to be looked at before anything else is
      isResumed = false;
      const isOthers = error instanceof ApiFailure && (error.code === "exists" || error.code === "notFound");
      throw isOthers ? new ApiFailure("conflict", error.message, { cause: error }) : error;
    }
  }

  return {
    async resume(signal) {
      indexThere = await server.get(configMaps, { namespace, name: indexName }, signal);
      const parts = await partsThere(signal);
      for (const digest of [...there.keys()]) if (!parts.has(digest)) there.delete(digest);
      for (const [digest, object] of parts) {
        if (isPart(object, digest)) {
          if (!there.has(digest))
            there.set(digest, { since: undefined, size: textOf(object, "part").length });
        } else there.delete(digest);
      }
      isResumed = true;
      const index = indexThere && readIndex(indexThere);
      return index === undefined ? [] : rulesInForce(index, parts);
    },
    async publish(set, rules, signal) {
      if (!isResumed)
        throw new ApiFailure(
          "conflict",
          "what is published is another than this controller knows; it is looked at again",
        );
      const current = indexThere && readIndex(indexThere);
      const generation = Math.max(clock.now(), (current?.generation ?? 0) + 1);
      const { index, parts } = publish(set, generation, memo);
      const marks = marksOf(rules, memo);
      const missing = [...parts].filter(([digest]) => !there.has(digest));
      await severalAtOnce(missing, ([digest, text]) => addPart(digest, text, marks.get(digest), signal));
      const isSame = current !== undefined && leadsToTheSame(current, index);
      if (!isSame) await writeIndex(printIndex({ ...index, reportWithin: reportWithin() }), signal);
      await removeObsolete(new Set(parts.keys()), signal);
      return { generation: isSame ? current.generation : generation, isNew: !isSame, parts: parts.size };
    },
    lost(name) {
      const digest = digestOfPart(name);
      if (digest !== undefined) there.delete(digest);
      // the index has its own history, by which writers are told apart
      if (name === indexName) isResumed = false;
    },
  };
}

function marksOf(rules: Iterable<CompiledRule>, memo: PartMemo): ReadonlyMap<Digest, RuleMark> {
  const marks = new Map<Digest, RuleMark>();
  for (const { identity, text, shortcomings } of rules) {
    const lacks = shortcomings.filter(({ effect }) => effect === "refuses").map(({ path }) => path);
    const told = shortcomings
      .slice(0, mostTold)
      .map((one) => ({ ...one, message: one.message.slice(0, longestMessage) }));
    marks.set(memo.digestOf(text), { identity, lacks, told });
  }
  return marks;
}

/** An index that cannot be read is replaced. */
function readIndex(object: ApiObject): PolicyIndex | undefined {
  try {
    return parseIndex(textOf(object, "index"));
  } catch {
    return undefined;
  }
}

function leadsToTheSame(a: PolicyIndex, b: PolicyIndex): boolean {
  const plain = ({ base, rules, shards }: PolicyIndex) => printIndex({ generation: 0, base, rules, shards });
  return plain(a) === plain(b);
}

function isPart(object: ApiObject, digest: Digest): boolean {
  try {
    requirePart(textOf(object, "part"), digest);
    return true;
  } catch {
    return false;
  }
}
