import { CountersignError, unreachable } from "./error.ts";
import { type GoStruct, type GoType, goTypeFault } from "./go-struct.ts";
import { foldName } from "./json-names.ts";
import { decodeBase64 } from "./strict-base64.ts";
import type { Json, JsonMember } from "./strict-json.ts";

/**
 * What Go's encoding/json fills a `type` with. Names match in any case, unknown ones are dropped, and what is written
 * twice is written over: a text, a number and bytes by the later one, a struct field by field, a map entry by entry, a
 * list item by item. null clears lists, maps and bytes, and leaves anything else as it was.
 * @returns structs with every field once, if at all; read them with `goField`
 * @throws CountersignError JSON_INVALID, in Go's words, when a value is of another type than its field
 */
export function goFill(json: Json, type: GoType): Json {
  const fault = goTypeFault(json, type);
  if (fault !== undefined) throw new CountersignError("JSON_INVALID", fault);
  return fill(undefined, json, type) ?? { kind: "null" };
}

/** A field of a filled struct; undefined where Go's value would be empty. */
export function goField(struct: Json, name: string): Json | undefined {
  const folded = foldName(name);
  return struct.kind === "object" ? struct.members.find(([key]) => key === folded)?.[1] : undefined;
}

/** @returns undefined for what stays, or becomes, empty */
function fill(before: Json | undefined, value: Json, type: GoType): Json | undefined {
  switch (type.kind) {
    case "string":
    case "integer":
      return value.kind === "null" ? before : value;
    case "bytes":
      return value.kind === "array" ? fillBytes(before, value.items) : cleared(value);
    case "list":
      return value.kind === "array" ? fillList(before, value.items, type.of) : undefined;
    case "map":
      return value.kind === "object" ? fillMap(before, value.members, type.of) : undefined;
    case "struct":
      return value.kind === "object" ? fillStruct(before, value.members, type) : before;
    default:
      return unreachable(type);
  }
}

function cleared(value: Json): Json | undefined {
  return value.kind === "null" ? undefined : value;
}

/** An item that is null lets the one show through that stood in its place. */
function fillBytes(before: Json | undefined, items: readonly Json[]): Json {
  const memory = before?.kind === "string" ? decodeBase64(before.value) : [];
  const bytes = Uint8Array.from(items, (item, at) =>
    item.kind === "number" ? Number(item.text) : (memory[at] ?? 0),
  );
  return { kind: "string", value: Buffer.from(bytes).toString("base64") };
}

function fillList(before: Json | undefined, items: readonly Json[], of: GoType): Json {
  const memory = before?.kind === "array" ? before.items : [];
  return { kind: "array", items: items.map((item, at) => fill(memory[at], item, of) ?? { kind: "null" }) };
}

function fillMap(before: Json | undefined, members: readonly JsonMember[], of: GoType): Json {
  const entries = new Map<string, Json>(before?.kind === "object" ? before.members : []);
  for (const [name, value] of members) entries.set(name, fill(undefined, value, of) ?? { kind: "null" });
  return { kind: "object", members: [...entries] };
}

function fillStruct(before: Json | undefined, members: readonly JsonMember[], { fields }: GoStruct): Json {
  const filled = new Map<string, Json>(before?.kind === "object" ? before.members : []);
  for (const [name, value] of members) {
    const folded = foldName(name);
    const field = fields.get(folded);
    if (field === undefined) continue;
    const written = fill(filled.get(folded), value, field.type);
    if (written === undefined) filled.delete(folded);
    else filled.set(folded, written);
  }
  return { kind: "object", members: [...filled] };
}
