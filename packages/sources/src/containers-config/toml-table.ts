import { CountersignError } from "@countersign/engine/values/error";

/** A TOML table as the parser gives it: nothing is known of its values. */
export type Table = Readonly<Record<string, unknown>>;

/** A missing string is `""`, as Go's decoder leaves it. @throws CountersignError CONFIG_INVALID for another type */
export function stringAt(table: Table, key: string): string {
  const value = valueAt(table, key) ?? "";
  if (typeof value !== "string") throw wrongType(key, "a string", value);
  return value;
}

/** A missing boolean is false. @throws CountersignError CONFIG_INVALID for another type */
export function booleanAt(table: Table, key: string): boolean {
  const value = valueAt(table, key) ?? false;
  if (typeof value !== "boolean") throw wrongType(key, "true or false", value);
  return value;
}

/** Undefined when missing. @throws CountersignError CONFIG_INVALID for anything but an array of strings */
export function stringsAt(table: Table, key: string): readonly string[] | undefined {
  const value = valueAt(table, key);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrongType(key, "an array of strings", value);
  return value.map((item: unknown) => {
    if (typeof item !== "string") throw wrongType(key, "an array of strings", item);
    return item;
  });
}

/** A missing table is empty. @throws CountersignError CONFIG_INVALID for another type */
export function tableAt(table: Table, key: string): Table {
  const value = valueAt(table, key) ?? {};
  if (!isTable(value)) throw wrongType(key, "a table", value);
  return value;
}

/** Missing tables are none. @throws CountersignError CONFIG_INVALID for anything but an array of tables */
export function tablesAt(table: Table, key: string): readonly Table[] {
  const value = valueAt(table, key) ?? [];
  if (!Array.isArray(value)) throw wrongType(key, `tables, written [[${key}]]`, value);
  return value.map((item: unknown) => {
    if (!isTable(item)) throw wrongType(key, `tables, written [[${key}]]`, item);
    return item;
  });
}

/** Go's decoder takes a key in another case when the exact one is missing. */
function valueAt(table: Table, key: string): unknown {
  if (Object.hasOwn(table, key)) return table[key];
  const other = Object.keys(table).find((name) => name.toLowerCase() === key);
  return other === undefined ? undefined : table[other];
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function wrongType(key: string, expected: string, value: unknown): CountersignError {
  const found = Array.isArray(value) ? "an array" : isTable(value) ? "a table" : `a ${typeof value}`;
  return new CountersignError("CONFIG_INVALID", `key "${key}": ${expected} expected, not ${found}`);
}
