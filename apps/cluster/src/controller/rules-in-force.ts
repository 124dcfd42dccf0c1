import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { parseIndex, parseShard, requirePart } from "@countersign/engine/cluster/parse-publication";
import type { PolicyIndex } from "@countersign/engine/cluster/publication";
import { openRule } from "@countersign/engine/cluster/published-rule";
import type { Digest } from "@countersign/engine/values/digest";
import { configMaps } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { digestOfPart, indexName, readRuleMark, textOf } from "../sync/published-objects.ts";
import type { ClusterObjects } from "./cluster-objects.ts";

/**
 * The rules that a publication leads to, as the controller that published them compiled them: what a policy falls back to
 * that cannot be compiled any more, whoever leads by then. A part that is not what it should be is left out.
 */
export function rulesInForce(
  index: PolicyIndex,
  parts: ReadonlyMap<Digest, ApiObject>,
): readonly CompiledRule[] {
  const digests = [...index.rules, ...index.shards.flatMap((shard) => rulesOfShard(shard, parts))];
  return digests.flatMap((digest) => ruleOf(digest, parts.get(digest)) ?? []);
}

/** The same, of the publication among the ConfigMaps that are known; none if there is none that can be read. */
export function publishedRules(objects: ClusterObjects, namespace: string): readonly CompiledRule[] {
  const object = objects.find(configMaps, indexName, namespace);
  const parts = objects.all(configMaps).flatMap((each) => {
    const digest = digestOfPart(each.metadata.name);
    return digest === undefined ? [] : [[digest, each] as const];
  });
  try {
    return object === undefined ? [] : rulesInForce(parseIndex(textOf(object, "index")), new Map(parts));
  } catch {
    return [];
  }
}

function rulesOfShard(shard: Digest, parts: ReadonlyMap<Digest, ApiObject>): readonly Digest[] {
  const text = verifiedText(shard, parts.get(shard));
  if (text === undefined) return [];
  try {
    return [...parseShard(text).values()].flat();
  } catch {
    return [];
  }
}

function ruleOf(digest: Digest, object: ApiObject | undefined): CompiledRule | undefined {
  const text = verifiedText(digest, object);
  const mark = object && readRuleMark(object);
  if (text === undefined || mark === undefined || !isRule(text)) return undefined;
  const { identity, lacks, told } = mark;
  const untold = lacks.filter((path) => !told.some((one) => one.effect === "refuses" && one.path === path));
  const others = untold.map(
    (path) => ({ path, effect: "refuses", message: "it could not be enforced" }) as const,
  );
  return { identity, text, shortcomings: [...told, ...others] };
}

function isRule(text: string): boolean {
  try {
    openRule(text);
    return true;
  } catch {
    return false;
  }
}

function verifiedText(digest: Digest, object: ApiObject | undefined): string | undefined {
  try {
    return object && requirePart(textOf(object, "part"), digest);
  } catch {
    return undefined;
  }
}
