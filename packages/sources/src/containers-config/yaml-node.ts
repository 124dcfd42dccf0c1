import { quote } from "@countersign/engine/values/go-format";
import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { yamlFault } from "./yaml-strictness.ts";
import type { YamlValue } from "./yaml-value.ts";

export type AliasTargets = ReadonlyMap<Node, Node>;

/** Merges can multiply as other aliases do. */
const maxMerges = 1000;

/** Reads nodes of one document as Go's yaml.v3 does. */
export function yamlReader(targets: AliasTargets): (node: unknown) => YamlValue {
  let merges = 0;

  const read = (written: unknown): YamlValue => {
    const node = resolved(written);
    if (node === null || node === undefined) return { kind: "null" };
    if (isMap(node)) return { kind: "mapping", members: () => membersOf(node, new Set()) };
    if (isSeq(node)) return { kind: "sequence" };
    if (!isScalar(node)) throw yamlFault("a value is expected");
    const { source: text = "", type } = node;
    const plain = type === "PLAIN";
    return plain && nulls.has(text) ? { kind: "null" } : { kind: "scalar", text, plain };
  };

  /** What an alias stands for; an alias of an alias there is not. */
  const resolved = (written: unknown): unknown => (isAlias(written) ? targets.get(written) : written);

  const membersOf = (map: YAMLMap, within: ReadonlySet<YAMLMap>): ReadonlyMap<string, YamlValue> => {
    if (within.has(map)) throw yamlFault(`anchor ${quote(map.anchor ?? "")} value contains itself`);
    refuseDuplicates(map);
    const members = new Map<string, YamlValue>();
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) continue;
      const name = read(key);
      if (name.kind === "mapping" || name.kind === "sequence") throw yamlFault("a key that is no text");
      if (name.kind === "scalar") members.set(name.text, read(value));
    }
    for (const { key, value } of map.items) {
      if (!isMergeKey(key)) continue;
      for (const source of mergeSources(resolved(value))) {
        if (++merges > maxMerges) throw yamlFault("document contains excessive aliasing");
        const merged = membersOf(source, new Set([...within, map]));
        for (const [name, member] of merged) if (!members.has(name)) members.set(name, member);
      }
    }
    return members;
  };

  const mergeSources = (value: unknown): readonly YAMLMap[] => {
    const sources = isSeq(value) ? value.items.map(resolved) : [value];
    if (sources.every(isMap)) return sources;
    throw yamlFault("map merge requires map or sequence of maps as the value");
  };

  return read;
}

const nulls: ReadonlySet<string> = new Set(["", "~", "null", "Null", "NULL"]);

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.source === "<<";
}

/** As they are written: `a` and `"a"` are one key, an alias and what it stands for are not. */
function refuseDuplicates({ items }: YAMLMap): void {
  const seen = new Set<string>();
  for (const { key } of items) {
    const text = isAlias(key) ? `*${key.source}` : isScalar(key) ? `=${key.source ?? ""}` : "";
    if (text === "") continue;
    if (seen.has(text)) throw yamlFault(`mapping key ${quote(text.slice(1))} already defined`);
    seen.add(text);
  }
}
