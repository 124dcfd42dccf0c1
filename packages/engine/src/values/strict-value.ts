import { CountersignError } from "./error.ts";
import { quote, quoteList } from "./go-format.ts";
import { decodeBase64 } from "./strict-base64.ts";
import { memberPath, type Reader, type Report, readMembers, readObject } from "./strict-object.ts";

/** Readers for formats of our own: each takes values of one type, of which null is none. */

export const readText: Reader<string> = (json, path, report) => {
  if (json.kind === "string") return json.value;
  report(path, `a text is expected, not ${json.kind}`);
  return undefined;
};

/** A text in which something stands. */
export const readFilledText: Reader<string> = (json, path, report) => {
  const text = readText(json, path, report);
  if (text === "") report(path, "there is nothing in it");
  return text === "" ? undefined : text;
};

export const readFlag: Reader<boolean> = (json, path, report) => {
  if (json.kind === "boolean") return json.value;
  report(path, `true or false is expected, not ${json.kind}`);
  return undefined;
};

/** A number of things, written in digits alone. */
export function countUpTo(most: number): Reader<number> {
  return (json, path, report) => {
    const count = json.kind === "number" && /^\d{1,9}$/.test(json.text) ? Number(json.text) : most + 1;
    if (count <= most) return count;
    report(path, `a whole number from 0 to ${most} is expected`);
    return undefined;
  };
}

/** Bytes in base64, at least one. */
export const readBase64: Reader<Uint8Array> = (json, path, report) => {
  const text = readFilledText(json, path, report);
  if (text === undefined) return undefined;
  try {
    return decodeBase64(text);
  } catch (error) {
    report(path, CountersignError.from(error).message);
    return undefined;
  }
};

/** A text that `parse` makes something of; what it throws is the fault. */
export function textAs<T>(parse: (text: string) => T): Reader<T> {
  return (json, path, report) => {
    const text = readText(json, path, report);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (error) {
      report(path, `${quote(text)}: ${CountersignError.from(error).message}`);
      return undefined;
    }
  };
}

/** This very text. */
export function exactly<T extends string>(text: T): Reader<T> {
  return (json, path, report) => {
    if (json.kind === "string" && json.value === text) return text;
    report(path, `${quote(text)} is expected`);
    return undefined;
  };
}

/** One of these texts. */
export function oneOf<T extends string>(...texts: readonly T[]): Reader<T> {
  return (json, path, report) => {
    const text = readText(json, path, report);
    const known = texts.find((one) => one === text);
    if (text !== undefined && known === undefined) {
      report(path, `${quote(text)} is none of ${quoteList(texts)}`);
    }
    return known;
  };
}

/** A list; undefined if one of its items is at fault. */
export function listOf<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (json, path, report) => {
    if (json.kind !== "array") {
      report(path, `a list is expected, not ${json.kind}`);
      return undefined;
    }
    const items = json.items.map((item, at) => reader(item, `${path}[${at}]`, report));
    const whole = items.filter((item) => item !== undefined);
    return whole.length === items.length ? whole : undefined;
  };
}

/** A list of at least one and at most so many. */
export function filledListOf<T>(reader: Reader<T>, most: number): Reader<readonly [T, ...T[]]> {
  return (json, path, report) => {
    const size = json.kind === "array" ? json.items.length : 1;
    if (size === 0) report(path, "there is nothing in this list");
    if (size > most) report(path, `there are ${size} in this list, and at most ${most} are read`);
    if (size > most) return undefined;
    const [first, ...others] = listOf(reader)(json, path, report) ?? [];
    return first === undefined ? undefined : [first, ...others];
  };
}

/** What was read of an object without fault: a property for each known member that is there. */
export type ReadFields<R> = { readonly [K in keyof R]?: R[K] extends Reader<infer T> ? T : never };

/**
 * An object of known members, of which any may be missing: what has to be there, and what goes together, `build` knows.
 * It is asked once no member is at fault.
 */
export function objectAs<R extends Readonly<Record<string, Reader<unknown>>>, T>(
  readers: R,
  build: (fields: ReadFields<R>, path: string, report: Report) => T | undefined,
): Reader<T> {
  return (json, path, report) => {
    let isWhole = true;
    const fields = readObject(
      json,
      path,
      (at, message) => {
        isWhole = false;
        report(at, message);
      },
      readers,
    );
    return isWhole ? build(fields as ReadFields<R>, path, report) : undefined;
  };
}

/** An object whose names are data; undefined if one of its members is at fault. */
export function mapOf<K, T>(parseName: (name: string) => K, reader: Reader<T>): Reader<ReadonlyMap<K, T>> {
  return (json, path, report) => {
    const members = readMembers(json, path, report, () => reader);
    if (members === undefined) return undefined;
    const map = new Map<K, T>();
    for (const [name, value] of members) {
      const key = textAs(parseName)({ kind: "string", value: name }, memberPath(path, name), report);
      if (key !== undefined && value !== undefined) map.set(key, value);
    }
    return map.size === members.size ? map : undefined;
  };
}
