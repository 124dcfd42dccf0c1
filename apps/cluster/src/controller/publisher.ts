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
  indexName,
  indexObject,
  partLabel,
  partName,
  partObject,
  textOf,
} from "../sync/published-objects.ts";

/** Puts the cluster's policies where nodes find them. */
export interface Publisher {
  /**
   * Publishes a set unless it is what is published already: first the parts, then the index that leads to them, so that
   * a node never meets an index with parts that are not there.
   * @returns the generation in force
   * @throws ApiFailure; then the old index still leads to all its parts
   */
  publish(set: PolicySet, signal: AbortSignal): Promise<number>;
}

/** Parts that an older index led to stay for as long as a node may still be fetching them. */
const graceMs = 15 * 60_000;

export function publisher(server: ApiServer, namespace: string, clock: Clock): Publisher {
  /** parts known to be there, and since when nothing leads to them */
  const there = new Map<Digest, number | undefined>();
  const memo = new PartMemo();
  let isSurveyed = false;

  async function survey(signal: AbortSignal): Promise<void> {
    for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
      const query = { namespace, labels: `${partLabel}=true`, limit: 200, ...(after && { after }) };
      const page = await server.list(configMaps, query, signal);
      for (const object of page.objects) {
        const digest = digestOfPart(object);
        if (digest !== undefined && !there.has(digest)) there.set(digest, undefined);
      }
      after = page.next;
    }
    isSurveyed = true;
  }

  async function addPart(digest: Digest, text: string, signal: AbortSignal): Promise<void> {
    try {
      await server.create(configMaps, partObject(namespace, digest, text), signal);
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.code !== "exists") throw error;
      await requireSamePart(digest, text, signal);
    }
    there.set(digest, undefined);
  }

  /** Somebody else may have made an object of that name; nodes would refuse what is in it. */
  async function requireSamePart(digest: Digest, text: string, signal: AbortSignal): Promise<void> {
    const found = await server.get(configMaps, { namespace, name: partName(digest) }, signal);
    if (found !== undefined && isPart(found, digest)) return;
    await server.delete(configMaps, { namespace, name: partName(digest) }, signal);
    await server.create(configMaps, partObject(namespace, digest, text), signal);
  }

  async function removeObsolete(used: ReadonlySet<Digest>, signal: AbortSignal): Promise<void> {
    const now = clock.now();
    const overdue: Digest[] = [];
    for (const [digest, since] of there) {
      if (used.has(digest)) there.set(digest, undefined);
      else if (since === undefined) there.set(digest, now);
      else if (now - since > graceMs) overdue.push(digest);
    }
    await severalAtOnce(overdue, async (digest) => {
      await server.delete(configMaps, { namespace, name: partName(digest) }, signal);
      there.delete(digest);
    });
  }

  return {
    async publish(set, signal) {
      if (!isSurveyed) await survey(signal);
      const found = await server.get(configMaps, { namespace, name: indexName }, signal);
      const current = found && readIndex(found);
      const generation = Math.max(clock.now(), (current?.generation ?? 0) + 1);
      const { index, parts } = publish(set, generation, memo);
      const missing = [...parts].filter(([digest]) => !there.has(digest));
      await severalAtOnce(missing, ([digest, text]) => addPart(digest, text, signal));
      const isSame = current !== undefined && leadsToTheSame(current, index);
      if (!isSame) await writeIndex(found, printIndex(index), signal);
      await removeObsolete(new Set(parts.keys()), signal);
      return isSame ? current.generation : generation;
    },
  };

  async function writeIndex(found: ApiObject | undefined, text: string, signal: AbortSignal): Promise<void> {
    const wanted = indexObject(namespace, text);
    if (found === undefined) await server.create(configMaps, wanted, signal);
    // with the version that was read: another controller that published meanwhile is not overwritten
    else await server.replace(configMaps, { ...wanted, metadata: found.metadata }, signal);
  }
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
  return printIndex({ ...a, generation: 0 }) === printIndex({ ...b, generation: 0 });
}

function digestOfPart({ metadata }: ApiObject): Digest | undefined {
  const hex = /^countersign-part-([0-9a-f]{64})$/.exec(metadata.name)?.[1];
  return hex === undefined ? undefined : (`sha256:${hex}` as Digest);
}

function isPart(object: ApiObject, digest: Digest): boolean {
  try {
    requirePart(textOf(object, "part"), digest);
    return true;
  } catch {
    return false;
  }
}
