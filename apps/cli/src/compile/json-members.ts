import type { Json } from "@countersign/engine/values/json";

/** A member of an object that may be none; of a name that comes twice the last, as YAML's other readers take it. */
export function memberOf(json: Json | undefined, name: string): Json | undefined {
  return json?.kind === "object" ? json.members.findLast(([each]) => each === name)?.[1] : undefined;
}

/** A member's text; `""` if it has none. */
export function textOf(json: Json | undefined, name: string): string {
  const value = memberOf(json, name);
  return value?.kind === "string" ? value.value : "";
}

/** The names of an object's members, as often as they come. */
export function namesOf(json: Json): readonly string[] {
  return json.kind === "object" ? json.members.map(([name]) => name) : [];
}
