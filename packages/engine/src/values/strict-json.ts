import type { Json, JsonMember } from "./json.ts";
import { readScalar, readString } from "./json-scalar.ts";
import { type JsonSource, jsonSource, nextByte, skipByte, skipSpace, unexpected } from "./json-source.ts";

export type { Json, JsonArray, JsonMember, JsonObject, JsonScalar } from "./json.ts";

/** How many arrays and objects may be open at once, as in Go's encoding/json. */
const maxDepth = 10_000;

/**
 * Parses one JSON text (RFC 8259), judging its syntax as Go's encoding/json does; nothing but white space may
 * follow. Does not recurse, so that nesting cannot exhaust the stack. The caller bounds the size.
 * @throws CountersignError JSON_INVALID in Go's words, e.g. `invalid character '}' after array element`
 */
export function parseJson(text: string | Uint8Array): Json {
  return readJson(jsonSource(text));
}

/**
 * The same, from a source that afterwards tells how far it was read: when this throws, `at` is the fault.
 * @param places is told where each value stands: an object's member where its name begins
 */
export function readJson(source: JsonSource, places?: Map<Json, number>): Json {
  const open: OpenContainer[] = [];
  for (;;) {
    let complete = beginValue(source, open, places);
    while (complete !== undefined) {
      const parent = open.at(-1);
      if (parent === undefined) return endOfText(source, complete);
      add(complete, parent);
      complete = endsHere(source, parent) ? open.pop()?.container : undefined;
    }
  }
}

interface OpenContainer {
  readonly container:
    | { readonly kind: "array"; readonly items: Json[] }
    | { readonly kind: "object"; readonly members: JsonMember[] };
  /** of the member whose value is being read, and where it begins; undefined in an array */
  name: string;
  nameAt: number | undefined;
}

/** A scalar or an empty container, complete at once; undefined when a container was opened instead. */
function beginValue(
  source: JsonSource,
  open: OpenContainer[],
  places: Map<Json, number> | undefined,
): Json | undefined {
  skipSpace(source);
  const at = open.at(-1)?.nameAt ?? source.at;
  const first = nextByte(source);
  const isArray = first === openBracket;
  if (!isArray && first !== openBrace) {
    const scalar = readScalar(source);
    places?.set(scalar, at);
    return scalar;
  }
  if (open.length === maxDepth) throw unexpected(source, "exceeded max depth");
  source.at++;
  skipSpace(source);
  const container: OpenContainer["container"] = isArray
    ? { kind: "array", items: [] }
    : { kind: "object", members: [] };
  places?.set(container, at);
  if (skipByte(source, isArray ? closeBracket : closeBrace)) return container;
  const opened: OpenContainer = { container, name: "", nameAt: undefined };
  if (!isArray) readName(source, opened);
  open.push(opened);
  return undefined;
}

function add(value: Json, { container, name }: OpenContainer): void {
  if (container.kind === "array") container.items.push(value);
  else container.members.push([name, value]);
}

/** Reads what stands after a value: a comma and, in an object, the next name; or the container's end. */
function endsHere(source: JsonSource, parent: OpenContainer): boolean {
  const isArray = parent.container.kind === "array";
  skipSpace(source);
  if (skipByte(source, comma)) {
    if (!isArray) readName(source, parent);
    return false;
  }
  if (skipByte(source, isArray ? closeBracket : closeBrace)) return true;
  throw unexpected(source, isArray ? "after array element" : "after object key:value pair");
}

function readName(source: JsonSource, parent: OpenContainer): void {
  skipSpace(source);
  parent.nameAt = source.at;
  if (nextByte(source) !== doubleQuote) {
    throw unexpected(source, "looking for beginning of object key string");
  }
  parent.name = readString(source);
  skipSpace(source);
  if (!skipByte(source, colon)) throw unexpected(source, "after object key");
}

function endOfText(source: JsonSource, value: Json): Json {
  skipSpace(source);
  if (source.at < source.text.length) throw unexpected(source, "after top-level value");
  return value;
}

const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const [comma, colon, doubleQuote] = [0x2c, 0x3a, 0x22];
