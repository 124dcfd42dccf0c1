import type { Case, Question, Site } from "../case.ts";

/** The rows of one dimension: what is special about a case, and the case. */
export type Rows = Readonly<Record<string, (site: Site) => Question>>;

export function dimension(name: string, rows: Rows): readonly Case[] {
  return Object.entries(rows).map(([row, prepare]) => ({ dimension: name, name: row, prepare }));
}

/** Makes rows out of rows: one for each value, named after it. */
export function rowsOf<T>(
  values: Iterable<readonly [name: string, value: T]>,
  row: (value: T) => (site: Site) => Question,
): Rows {
  return Object.fromEntries([...values].map(([name, value]) => [name, row(value)]));
}

/** Says before each name what it is the name of. */
export function named<T>(
  prefix: string,
  values: Readonly<Record<string, T>>,
): readonly (readonly [name: string, value: T])[] {
  return Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]);
}
