import { CountersignError } from "@countersign/engine/values/error";
import { parse, TomlError } from "smol-toml";
import { requireToml10 } from "./require-toml-1-0.ts";
import type { Table } from "./toml-table.ts";

/** Far deeper than any configuration, and shallow enough for the stack. */
const maxDepth = 100;

const int64 = { smallest: -(2n ** 63n), largest: 2n ** 63n - 1n } as const;

/**
 * Parses a TOML 1.0 document. Loaded only when there is something to parse.
 *
 * Besides what is no TOML it refuses numbers and dates that Go's reader (BurntSushi/toml) may refuse: integers beyond
 * 64 bits, infinite floats, and all dates, of which each reader has its own idea. No setting takes any of them; only
 * a setting that nobody knows could be meant.
 * @throws CountersignError CONFIG_INVALID, with line and column where they are known
 */
export function parseToml(text: string): Table {
  const document = readDocument(text);
  requireToml10(text);
  refuseUncertainValues(document);
  return document;
}

function readDocument(text: string): Table {
  try {
    return parse(text, { integersAsBigInt: true, maxDepth });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n", 1);
    throw invalid(`line ${error.line}, column ${error.column}: ${reason}`);
  }
}

/** Dotted keys nest without brackets, so the depth is not bounded here: no recursion. */
function refuseUncertainValues(document: Table): void {
  const waiting: (readonly [key: string, value: unknown])[] = [["", document]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [key, value] = next;
    if (value instanceof Date) throw invalid(`(last key "${key}"): no setting takes a date`);
    if (typeof value === "bigint" && (value < int64.smallest || value > int64.largest)) {
      throw invalid(`(last key "${key}"): ${value} is out of range for int64`);
    }
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
      throw invalid(`(last key "${key}"): out of range for float64, or infinite`);
    }
    if (typeof value !== "object" || value === null) continue;
    for (const [name, inner] of Object.entries(value))
      waiting.push([Array.isArray(value) ? key : name, inner]);
  }
}

function invalid(problem: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", `toml: ${problem}`);
}
