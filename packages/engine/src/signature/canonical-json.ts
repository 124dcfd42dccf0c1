import type { Json, JsonMember } from "../values/strict-json.ts";
import { refuse } from "./invalid.ts";

/**
 * Canonical text of a JSON object or array (RFC 8785): what a Rekor log signs. Names are sorted by UTF-16 units,
 * numbers printed as ECMAScript does, and a doubled name is refused.
 * @throws CountersignError SIGNATURE_INVALID, in the words of the reference's jsoncanonicalizer
 */
export function canonicalJson(json: Json): string {
  if (json.kind !== "object" && json.kind !== "array") {
    refuse(`Expected '{' but got '${firstCharacter(json)}'`);
  }
  return canonical(json, 0);
}

/** A log entry is nested twice at most; the stack must not be a stranger's to exhaust. */
const maxDepth = 64;

function canonical(json: Json, depth: number): string {
  if (depth > maxDepth) refuse(`nested more than ${maxDepth} times`);
  switch (json.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(json.value);
    case "number":
      return canonicalNumber(json.text);
    case "string":
      return canonicalString(json.value);
    case "array":
      return `[${json.items.map((item) => canonical(item, depth + 1)).join(",")}]`;
    case "object": {
      const members = sortedMembers(json.members);
      return `{${members.map(([name, value]) => `${canonicalString(name)}:${canonical(value, depth + 1)}`).join(",")}}`;
    }
  }
}

function sortedMembers(members: readonly JsonMember[]): readonly JsonMember[] {
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [at, [name]] of sorted.entries()) {
    if (sorted[at - 1]?.[0] === name) refuse(`Duplicate key: ${name}`);
  }
  return sorted;
}

function canonicalNumber(text: string): string {
  const value = Number(text);
  if (!Number.isFinite(value)) refuse(`strconv.ParseFloat: parsing "${text}": value out of range`);
  return String(value);
}

/** JSON.stringify escapes as RFC 8785 §3.2.2.2 asks, except that strings here never hold lone surrogates. */
function canonicalString(text: string): string {
  return JSON.stringify(text);
}

/**
 * Whether half a surrogate pair is escaped somewhere in a JSON text, which no canonical form can hold. A parsed text
 * does not tell: there it has become a replacement character.
 */
export function hasLoneSurrogate(text: string): boolean {
  const escapes = text.matchAll(/\\(?:u(d[89a-f][0-9a-f]{2})(\\u[0-9a-f]{4})?|.)/gis);
  return escapes.some(([, surrogate, another]) => surrogate !== undefined && another === undefined);
}

function firstCharacter(json: Json): string {
  switch (json.kind) {
    case "string":
      return '"';
    case "number":
      return json.text.charAt(0);
    case "boolean":
      return json.value ? "t" : "f";
    default:
      return "n";
  }
}
