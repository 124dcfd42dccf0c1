import { CountersignError } from "@countersign/engine/values/error";
import { parse, TomlError } from "smol-toml";
import type { Table } from "./toml-table.ts";

/**
 * Parses a TOML document. Loaded only when there is something to parse.
 * @throws CountersignError CONFIG_INVALID, with line and column
 */
export function parseToml(text: string): Table {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n", 1);
    throw new CountersignError(
      "CONFIG_INVALID",
      `toml: line ${error.line}, column ${error.column}: ${reason}`,
    );
  }
}
