import { goFloat, quote } from "./go-format.ts";
import type { Json } from "./strict-json.ts";

/**
 * Told of each fault, in the order in which containers/image would stumble over them. One that throws stops at the
 * first, as containers/image does; one that collects sees them all.
 */
export type Report = (path: string, message: string) => void;

/** Turns a value into a T, or reports why not and returns undefined. */
export type Reader<T> = (value: Json, path: string, report: Report) => T | undefined;

/** What was read: a property per known member that is present; undefined if its reader reported a fault. */
export type ObjectFields<R> = { readonly [K in keyof R]?: ReadBy<R[K]> | undefined };

/** What was read of an object that has all its members. */
export type ExactFields<R> = { readonly [K in keyof R]: ReadBy<R[K]> };

type ReadBy<R> = R extends Reader<infer T> ? T : never;

/**
 * Reads an object of which every member must be known and none may come twice: a typo in a security policy must
 * not go unnoticed, and two readers must not see two different objects in one text.
 * Source: containers/image signature/internal/json.go, ParanoidUnmarshalJSONObject.
 * @param readerOf the reader of the member with this name; undefined if there must be none
 * @param pathOf where the member with this name is, given where the object is
 * @returns each member's name and value (undefined: its reader reported a fault); undefined if it is no object
 */
export function readMembers<T>(
  json: Json,
  path: string,
  report: Report,
  readerOf: (name: string) => Reader<T> | undefined,
  pathOf: (path: string, name: string) => string = memberPath,
): ReadonlyMap<string, T | undefined> | undefined {
  if (json.kind !== "object") {
    report(path, describeNonObject(json));
    return undefined;
  }
  const read = new Map<string, T | undefined>();
  const seen = new Set<string>();
  for (const [name, value] of json.members) {
    const reader = readerOf(name);
    const place = pathOf(path, name);
    if (seen.has(name)) report(place, `Duplicate key ${quote(name)}`);
    else if (reader === undefined) report(place, `Unknown key ${quote(name)}`);
    else read.set(name, reader(value, place, report));
    seen.add(name);
  }
  return read;
}

/** As {@link readMembers}, for members known in advance. Any of them may be absent. */
export function readObject<R extends Readonly<Record<string, Reader<unknown>>>>(
  json: Json,
  path: string,
  report: Report,
  readers: R,
): ObjectFields<R> | undefined {
  // hasOwn: a member called `constructor` must not find one
  const members = readMembers<unknown>(json, path, report, (name) =>
    Object.hasOwn(readers, name) ? readers[name] : undefined,
  );
  return members === undefined ? undefined : (Object.fromEntries(members) as ObjectFields<R>);
}

/**
 * As {@link readObject}, for an object in which all members must be present.
 * Source: ParanoidUnmarshalJSONObjectExactFields.
 * @returns undefined if anything was reported
 */
export function readExactObject<R extends Readonly<Record<string, Reader<unknown>>>>(
  json: Json,
  path: string,
  report: Report,
  readers: R,
): ExactFields<R> | undefined {
  let faults = 0;
  const count: Report = (at, message) => {
    faults++;
    report(at, message);
  };
  const fields = readObject(json, path, count, readers);
  if (fields === undefined) return undefined;
  for (const name of Object.keys(readers)) {
    if (!Object.hasOwn(fields, name)) count(path, missingKey(name));
  }
  return faults === 0 ? (fields as ExactFields<R>) : undefined;
}

export function missingKey(name: string): string {
  return `Key ${quote(name)} missing in a JSON object`;
}

/** Keeps a value unread, to be read later. */
export function readRaw(value: Json): Json {
  return value;
}

/** Where a member is: `transports.docker`, `["odd name"]`. */
export function memberPath(path: string, name: string): string {
  if (!/^[A-Za-z_]\w{0,63}$/.test(name)) return `${path}[${quoteShort(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

/** A name that is data, quoted, and cut where it could fill a screen. */
export function quoteShort(name: string): string {
  return quote(name.length > longestNameInPath ? `${name.slice(0, longestNameInPath)}…` : name);
}

const longestNameInPath = 400;

/** Go prints the token it met instead of `{`, as `%#v`. */
function describeNonObject(json: Json): string {
  switch (json.kind) {
    case "number": {
      const value = Number(json.text);
      if (!Number.isFinite(value))
        return `json: cannot unmarshal number ${json.text} into Go value of type float64`;
      return `JSON object expected, got ${goFloat(value)}`;
    }
    case "string":
      return `JSON object expected, got ${quote(json.value)}`;
    case "boolean":
      return `JSON object expected, got ${json.value}`;
    case "array":
      return "JSON object expected, got 91"; // the code of `[`
    default:
      return "JSON object expected, got <nil>";
  }
}
