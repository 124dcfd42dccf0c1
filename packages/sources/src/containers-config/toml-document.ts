import { isOnlyComments } from "../files/config-files.ts";
import type { Table } from "./toml-table.ts";

/**
 * The TOML document in a file's text. A file of comments, as distributions ship it, needs no parser.
 * @throws CountersignError CONFIG_INVALID
 */
export async function tomlDocument(text: string): Promise<Table> {
  if (isOnlyComments(text)) return {};
  const { parseToml } = await import("./parse-toml.ts");
  return parseToml(text);
}
