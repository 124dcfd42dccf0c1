import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { parseIndex } from "@countersign/engine/cluster/parse-publication";
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
import { digestOfPart, indexName, indexObject, type RuleMark, textOf } from "../sync/published-objects.ts";
import { publishedParts } from "./published-parts.ts";
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

/**
 * @param reportWithin seconds over which nodes are asked to spread their reports, for the next index
 */
export function publisher(
  server: ApiServer,
  namespace: string,
  clock: Clock,
  reportWithin: () => number,
): Publisher {
  const stored = publishedParts(server, namespace, clock);
  const memo = new PartMemo();
  /** as it was read or written last: whoever wrote it since is not overwritten */
  let indexThere: ApiObject | undefined;
  let isResumed = false;

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
      const parts = await stored.look(signal);
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
      const missing = [...parts].filter(([digest]) => !stored.has(digest));
      await severalAtOnce(missing, ([digest, text]) => stored.add(digest, text, marks.get(digest), signal));
      const isSame = current !== undefined && leadsToTheSame(current, index);
      if (!isSame) await writeIndex(printIndex({ ...index, reportWithin: reportWithin() }), signal);
      await stored.keepOnly(new Set(parts.keys()), signal);
      return { generation: isSame ? current.generation : generation, isNew: !isSame, parts: parts.size };
    },
    lost(name) {
      const digest = digestOfPart(name);
      if (digest !== undefined) stored.lost(digest);
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
