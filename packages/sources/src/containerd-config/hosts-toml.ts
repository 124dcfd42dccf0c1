import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { parse, TomlError } from "smol-toml";
import { requireToml10 } from "../containers-config/require-toml-1-0.ts";

/** A table of hosts.toml: nothing is known of its values. */
export type HostsTable = Readonly<Record<string, unknown>>;

/** Far deeper than any configuration, and shallow enough for the stack. */
const maxDepth = 100;

/**
 * Parses a TOML 1.0 document.
 * @throws CountersignError CONFIG_INVALID, with line and column
 */
export function parseHostsToml(text: string): HostsTable {
  try {
    const document = parse(text, { integersAsBigInt: true, maxDepth });
    requireToml10(text);
    return document;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n", 1);
    throw invalid(`toml: line ${error.line}, column ${error.column}: ${reason}`);
  }
}

/**
 * What stands under `key` in any spelling, in the file's order: each has to be of the right type, the last one counts.
 * Source: pelletier/go-toml v2, which containerd 2.x decodes with.
 */
function valuesAt(table: HostsTable, key: string): readonly unknown[] {
  return Object.entries(table)
    .filter(([name]) => name.toLowerCase() === key)
    .map(([, value]) => value);
}

/** Undefined when missing; of several the last one. */
export function valueAt(table: HostsTable, key: string): unknown {
  return valuesAt(table, key).at(-1);
}

/** A missing string is `""`. @throws CountersignError CONFIG_INVALID for another type */
export function stringAt(table: HostsTable, key: string): string {
  const values = valuesAt(table, key);
  if (!isTexts(values)) throw wrongType(key, "a text");
  return values.at(-1) ?? "";
}

/** Undefined when missing. @throws CountersignError CONFIG_INVALID for another type */
export function booleanAt(table: HostsTable, key: string): boolean | undefined {
  const values = valuesAt(table, key);
  if (!values.every((value) => typeof value === "boolean")) throw wrongType(key, "true or false");
  return values.at(-1);
}

/** Missing strings are none. @throws CountersignError CONFIG_INVALID for anything but an array of strings */
export function stringsAt(table: HostsTable, key: string): readonly string[] {
  const values = valuesAt(table, key);
  if (!values.every(isTexts)) throw wrongType(key, "an array of texts");
  return values.at(-1) ?? [];
}

/** A missing table is empty; several are one. @throws CountersignError CONFIG_INVALID for another type */
export function tableAt(table: HostsTable, key: string): HostsTable {
  const values = valuesAt(table, key);
  if (!values.every(isTable)) throw wrongType(key, "a table");
  return Object.fromEntries(values.flatMap((value) => Object.entries(value)));
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
