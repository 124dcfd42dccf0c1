import { CountersignError } from "./error.ts";
import { quote } from "./go-format.ts";
import { memberPath, type Reader, readMembers } from "./strict-object.ts";

/** Readers for formats of our own: each takes values of one type, of which null is none. */

export const readText: Reader<string> = (json, path, report) => {
  if (json.kind === "string") return json.value;
  report(path, `a text is expected, not ${json.kind}`);
  return undefined;
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
