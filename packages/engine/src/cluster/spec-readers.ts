import { quote } from "../values/go-format.ts";
import type { Reader, Report } from "../values/strict-object.ts";

/** Readers for members of Kubernetes resources, which take a value that is there; `""` often means that none is. */

/** One of these words. */
export function oneOf<T extends string>(...words: readonly T[]): Reader<T> {
  return (json, path, report) => {
    const word = json.kind === "string" ? words.find((each) => each === json.value) : undefined;
    if (word === undefined) report(path, `one of ${words.map(quote).join(", ")} is expected`);
    return word;
  };
}

/** A whole number from 0 on. */
export const readCount: Reader<number> = (json, path, report) => {
  const value = json.kind === "number" ? Number(json.text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  report(path, "a whole number is expected");
  return undefined;
};

/** Which member was given, where exactly one of them must be. */
export function onlyOne<K extends string>(
  members: Readonly<Record<K, unknown>>,
  path: string,
  report: Report,
): K | undefined {
  const names = Object.keys(members) as K[];
  const [given, ...others] = names.filter((name) => members[name] !== undefined);
  if (given !== undefined && others.length === 0) return given;
  const spelled = names.join(", ");
  report(path, given === undefined ? `one of ${spelled} is missing` : `only one of ${spelled} can be given`);
  return undefined;
}

/**
 * The same of what is written, so that it is told whatever else is wrong with one of them. `""` is none.
 * @param reader of the object that has the members
 */
export function withOnlyOne<T>(names: readonly string[], reader: Reader<T>): Reader<T> {
  return (json, path, report) => {
    const members = json.kind === "object" ? json.members : [];
    const given = names.filter((name) =>
      members.some(([each, value]) => each === name && !(value.kind === "string" && value.value === "")),
    );
    const isOne =
      json.kind !== "object" ||
      onlyOne(
        Object.fromEntries(names.map((name) => [name, given.includes(name) || undefined])),
        path,
        report,
      ) !== undefined;
    const value = reader(json, path, report);
    return isOne ? value : undefined;
  };
}

/** Which of several members is there, once {@link withOnlyOne} has seen to it that one is. */
export function givenOf<K extends string>(members: Readonly<Record<K, unknown>>): K | undefined {
  return (Object.keys(members) as K[]).find((name) => members[name] !== undefined);
}

/** A list that must have something in it. */
export function unlessEmpty<T>(name: string, reader: Reader<readonly T[]>): Reader<readonly T[]> {
  return (json, path, report) => {
    const items = reader(json, path, report);
    if (items?.length !== 0) return items;
    report(path, `${name} must not be empty`);
    return undefined;
  };
}
