import { CountersignError } from "@countersign/engine/values/error";
import { isOnlyComments } from "../files/config-files.ts";
import type { Table } from "./toml-table.ts";

/**
 * The TOML document in a file's text. A file of comments, as distributions ship it, needs no parser.
 * @throws CountersignError CONFIG_INVALID
 */
export async function tomlDocument(text: string): Promise<Table> {
  if (isOnlyComments(text)) return {};
  // One mark of byte order was taken off with the decoding, and the parser would take off another.
  if (/^\ufeff|\ufffd/.test(text))
    throw new CountersignError("CONFIG_INVALID", "toml: the file is not UTF-8");
  const { parseToml } = await import("./parse-toml.ts");
  return parseToml(text);
}
