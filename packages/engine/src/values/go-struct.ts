import { cannotUnmarshal, readBytes } from "./go-value.ts";
import { foldName } from "./json-names.ts";
import type { Json } from "./strict-json.ts";

/** A type of Go's, as far as encoding/json looks at it when it fills one. */
export type GoType =
  | { readonly kind: "string" | "integer" | "bytes"; readonly name: string }
  | { readonly kind: "list" | "map"; readonly name: string; readonly of: GoType }
  | GoStruct;

export interface GoStruct {
  readonly kind: "struct";
  /** with its package, e.g. `v1.Descriptor`; of one without a name, how it is spelt */
  readonly name: string;
  /** by the names they have in JSON, in small letters */
  readonly fields: ReadonlyMap<string, GoField>;
}

export interface GoField {
  /** as Go names it in an error: the name in JSON, after those of embedded structs */
  readonly path: string;
  readonly type: GoType;
}

export const goString: GoType = { kind: "string", name: "string" };
export const goInt: GoType = { kind: "integer", name: "int" };
export const goInt64: GoType = { kind: "integer", name: "int64" };
export const goBytes: GoType = { kind: "bytes", name: "[]uint8" };

export function goList(of: GoType): GoType {
  return { kind: "list", name: `[]${of.name}`, of };
}

export function goMap(of: GoType): GoType {
  return { kind: "map", name: `map[string]${of.name}`, of };
}

/** @param embedded the names of the structs, dot after each, that the fields are embedded with */
export function goStruct(
  name: string,
  fields: Readonly<Record<string, GoType>>,
  embedded: Readonly<Record<string, Readonly<Record<string, GoType>>>> = {},
): GoStruct {
  const all = Object.entries({ "": fields, ...embedded }).flatMap(([prefix, some]) =>
    Object.entries(some).map(([json, type]) => [foldName(json), { path: `${prefix}${json}`, type }] as const),
  );
  return { kind: "struct", name, fields: new Map(all) };
}

/**
 * Why Go's encoding/json would not fill a `type` with this value: the first member, in the order of the text, that is
 * of another type than its field. Unknown members are no fault, null is none, and names match in any case.
 * @returns the reason in Go's words; undefined if there is none
 */
export function goTypeFault(json: Json, type: GoType): string | undefined {
  return faultOf(json, type, undefined);
}

/** Where a value stands: the innermost struct, and the path of fields from the outermost. */
interface Place {
  readonly struct: string;
  readonly path: string;
}

function faultOf(json: Json, type: GoType, place: Place | undefined): string | undefined {
  if (json.kind === "null") return undefined;
  switch (type.kind) {
    case "string":
      return json.kind === "string" ? undefined : wrongType(json, type, place);
    case "integer":
      return isInt64(json) ? undefined : wrongType(json, type, place);
    case "bytes":
      return bytesFault(json, place);
    case "list":
      return json.kind === "array"
        ? first(json.items, (item) => faultOf(item, type.of, place))
        : wrongType(json, type, place);
    case "map":
      return json.kind === "object"
        ? first(json.members, ([, value]) => faultOf(value, type.of, place))
        : wrongType(json, type, place);
    case "struct":
      return json.kind === "object"
        ? first(json.members, ([name, value]) => memberFault(name, value, type, place))
        : wrongType(json, type, place);
  }
}

function memberFault(
  name: string,
  value: Json,
  { name: struct, fields }: GoStruct,
  place: Place | undefined,
): string | undefined {
  const field = fields.get(foldName(name));
  if (field === undefined) return undefined;
  const path = place === undefined ? field.path : `${place.path}.${field.path}`;
  return faultOf(value, field.type, { struct: unqualified(struct), path });
}

/** A struct's name without its package; one that is spelt out has none. */
function unqualified(struct: string): string {
  return struct.startsWith("struct {") ? "" : struct.slice(struct.indexOf(".") + 1);
}

function wrongType(json: Json, type: GoType, place: Place | undefined): string {
  return inPlace(cannotUnmarshal(json, type.name), place);
}

function inPlace(fault: string, place: Place | undefined): string {
  if (place === undefined) return fault;
  return fault.replace("into Go value", `into Go struct field ${place.struct}.${place.path}`);
}

function isInt64(json: Json): boolean {
  if (json.kind !== "number" || !/^-?[0-9]{1,19}$/.test(json.text)) return false;
  const number = BigInt(json.text);
  return number === BigInt.asIntN(64, number);
}

function bytesFault(json: Json, place: Place | undefined): string | undefined {
  const faults: string[] = [];
  readBytes(json, "", (_path, message) => faults.push(message));
  return faults[0] && inPlace(faults[0], place);
}

function first<T>(items: readonly T[], faultIn: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = faultIn(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
