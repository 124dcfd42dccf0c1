import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { foldName } from "@countersign/engine/values/json-names";

/** A TOML table as the parser gives it: nothing is known of its values. */
export type Table = Readonly<Record<string, unknown>>;

/** A value and the keys that lead to it, for messages. */
export interface Placed<T> {
  readonly path: readonly string[];
  readonly value: T;
}

/**
 * The value of `key`, undefined when there is none. Go's decoder takes a key in any case; of two spellings side by
 * side it lets chance decide, so they are refused.
 * Source: BurntSushi/toml, unifyStruct; this file holds what its decoder makes of each type, in its words.
 * @throws CountersignError CONFIG_INVALID
 */
export function valueAt({ path, value: table }: Placed<Table>, key: string): Placed<unknown> | undefined {
  const [name, another] = Object.keys(table).filter((written) => foldName(written) === key);
  if (name === undefined) return undefined;
  const at = [...path, name];
  if (another !== undefined) throw invalid(at, `${quote(another)} says it again; a key counts in any case`);
  return { path: at, value: table[name] };
}

/** A missing string is `""`. @throws CountersignError CONFIG_INVALID for another type */
export function stringAt(table: Placed<Table>, key: string): string {
  const found = valueAt(table, key);
  return found === undefined ? "" : asString(found);
}

/** A missing boolean is false. @throws CountersignError CONFIG_INVALID for another type */
export function booleanAt(table: Placed<Table>, key: string): boolean {
  const found = valueAt(table, key);
  if (found === undefined) return false;
  if (typeof found.value !== "boolean") throw incompatible(found, "boolean");
  return found.value;
}

/** Undefined when missing. @throws CountersignError CONFIG_INVALID for anything but an array of strings */
export function stringsAt(table: Placed<Table>, key: string): readonly string[] | undefined {
  return itemsAt(table, key)?.map(asString);
}

/**
 * Empty when missing, and for anything but a table: Go's decoder does not look at it then (unifyMap).
 * @throws CountersignError CONFIG_INVALID for a table of anything but strings
 */
export function stringMapAt(table: Placed<Table>, key: string): ReadonlyMap<string, string> {
  const found = valueAt(table, key);
  if (found === undefined || !isTable(found.value)) return new Map();
  return new Map(
    Object.entries(found.value).map(([name, value]) => [
      name,
      asString({ path: [...found.path, name], value }),
    ]),
  );
}

/**
 * A missing table is empty.
 * @param type - Go's name for what is read from it
 * @throws CountersignError CONFIG_INVALID for another type
 */
export function tableAt(table: Placed<Table>, key: string, type: string): Placed<Table> {
  const found = valueAt(table, key);
  return found === undefined ? { path: [...table.path, key], value: {} } : asTable(found, type);
}

/** Missing tables are none. @throws CountersignError CONFIG_INVALID for anything but an array of tables */
export function tablesAt(table: Placed<Table>, key: string, type: string): readonly Placed<Table>[] {
  return (itemsAt(table, key) ?? []).map((item) => asTable(item, type));
}

function itemsAt(table: Placed<Table>, key: string): readonly Placed<unknown>[] | undefined {
  const found = valueAt(table, key);
  if (found === undefined) return undefined;
  const { path, value } = found;
  if (!Array.isArray(value)) throw incompatible(found, "slice");
  return value.map((item: unknown) => ({ path, value: item }));
}

function asString(found: Placed<unknown>): string {
  if (typeof found.value !== "string") throw incompatible(found, "string");
  return found.value;
}

function asTable({ path, value }: Placed<unknown>, type: string): Placed<Table> {
  if (isTable(value)) return { path, value };
  throw invalid(path, `type mismatch for sysregistriesv2.${type}: expected table but found ${goType(value)}`);
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function incompatible({ path, value }: Placed<unknown>, expected: string): CountersignError {
  return invalid(
    path,
    `incompatible types: TOML value has type ${goType(value)}; destination has type ${expected}`,
  );
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 && value.every(isTable) ? "[]map[string]any" : "[]any";
  if (isTable(value)) return "map[string]any";
  return goScalars.get(typeof value) ?? "time.Time";
}

const goScalars: ReadonlyMap<string, string> = new Map([
  ["string", "string"],
  ["boolean", "bool"],
  ["bigint", "int64"],
  ["number", "float64"],
]);

function invalid(path: readonly string[], problem: string): CountersignError {
  const key = path.map((name) => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name))).join(".");
  return new CountersignError("CONFIG_INVALID", `toml: (last key ${quote(key)}): ${problem}`);
}
