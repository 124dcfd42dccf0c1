import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { parse, TomlError } from "smol-toml";

/** A table of hosts.toml: nothing is known of its values. */
export type HostsTable = Readonly<Record<string, unknown>>;

/** Far deeper than any configuration, and shallow enough for the stack. */
const maxDepth = 100;

/**
 * Parses a TOML document.
 * @throws CountersignError CONFIG_INVALID, with line and column
 */
export function parseHostsToml(text: string): HostsTable {
  try {
    return parse(text, { integersAsBigInt: true, maxDepth });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n", 1);
    throw invalid(`toml: line ${error.line}, column ${error.column}: ${reason}`);
  }
}

/**
 * The value of `key`, undefined when there is none. Another spelling counts when the exact one is missing.
 * Source: pelletier/go-toml v2, which containerd 2.x decodes with.
 */
export function valueAt(table: HostsTable, key: string): unknown {
  if (Object.hasOwn(table, key)) return table[key];
  const other = Object.keys(table).findLast((name) => name.toLowerCase() === key);
  return other === undefined ? undefined : table[other];
}

/** A missing string is `""`. @throws CountersignError CONFIG_INVALID for another type */
export function stringAt(table: HostsTable, key: string): string {
  const value = valueAt(table, key) ?? "";
  if (typeof value !== "string") throw wrongType(key, "a text");
  return value;
}

/** Undefined when missing. @throws CountersignError CONFIG_INVALID for another type */
export function booleanAt(table: HostsTable, key: string): boolean | undefined {
  const value = valueAt(table, key);
  if (value !== undefined && typeof value !== "boolean") throw wrongType(key, "true or false");
  return value;
}

/** Missing strings are none. @throws CountersignError CONFIG_INVALID for anything but an array of strings */
export function stringsAt(table: HostsTable, key: string): readonly string[] {
  const value = valueAt(table, key) ?? [];
  if (!isTexts(value)) throw wrongType(key, "an array of texts");
  return value;
}

/** A missing table is empty. @throws CountersignError CONFIG_INVALID for another type */
export function tableAt(table: HostsTable, key: string): HostsTable {
  const value = valueAt(table, key) ?? {};
  if (!isTable(value)) throw wrongType(key, "a table");
  return value;
}

export function isTable(value: unknown): value is HostsTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** The value itself is not repeated: a header is one, too. */
function wrongType(key: string, expected: string): CountersignError {
  return invalid(`${quote(key)} must be ${expected}`);
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
