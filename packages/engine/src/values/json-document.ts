import type { Json, JsonObject } from "./json.ts";
import { jsonSource, lineAndColumn, type TextPlace } from "./json-source.ts";
import { readJson } from "./strict-json.ts";
import { quoteShort } from "./strict-object.ts";

/** JSON together with its text, for those who tell people where something is. */
export interface JsonDocument {
  readonly root: Json;
  /** the value at a path as readers report it (`transports.docker["x"][0].keyPath`); undefined if there is none */
  find(path: string): Json | undefined;
  /** where it stands: a member by its name; for a path that leads too far, its last part that is there */
  placeOf(path: string): TextPlace;
}

/** @throws CountersignError JSON_INVALID */
export function readJsonDocument(bytes: Uint8Array): JsonDocument {
  const source = jsonSource(bytes);
  const offsets = new Map<Json, number>();
  const root = readJson(source, offsets);
  return jsonDocument(root, (value) => lineAndColumn({ text: source.text, at: offsets.get(value) ?? 0 }));
}

/** The same of values read from another notation; `placeOf` knows where each stands. */
export function jsonDocument(root: Json, placeOf: (value: Json) => TextPlace): JsonDocument {
  const membersOf = rememberMembers();

  function walk(path: string): { readonly nearest: Json; readonly isWhole: boolean } {
    let nearest: Json = root;
    for (const step of stepsOf(path)) {
      const next =
        nearest.kind === "object"
          ? membersOf(nearest).get(step)
          : nearest.kind === "array"
            ? nearest.items[Number(step.slice(1, -1))]
            : undefined;
      if (next === undefined) return { nearest, isWhole: false };
      nearest = next;
    }
    return { nearest, isWhole: true };
  }

  return {
    root,
    find(path) {
      const { nearest, isWhole } = walk(path);
      return isWhole ? nearest : undefined;
    },
    placeOf: (path) => placeOf(walk(path).nearest),
  };
}

/** `a.b["c"][0]` → `["a"]`, `["b"]`, `["c"]`, `[0]`: each member as a quoted name. */
function stepsOf(path: string): readonly string[] {
  const steps = path.matchAll(/(?:^|\.)(\w+)|\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g);
  return [...steps].map(([step, name]) => (name === undefined ? step : `["${name}"]`));
}

/** Members by their step. Of a name that comes twice it is the second that readers complain about. */
function rememberMembers(): (object: JsonObject) => ReadonlyMap<string, Json> {
  const remembered = new Map<JsonObject, ReadonlyMap<string, Json>>();
  return (object) => {
    const known = remembered.get(object);
    if (known !== undefined) return known;
    const members = new Map(object.members.map(([name, value]) => [`[${quoteShort(name)}]`, value] as const));
    remembered.set(object, members);
    return members;
  };
}
