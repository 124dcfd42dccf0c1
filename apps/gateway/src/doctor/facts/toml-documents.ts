import { posix } from "node:path";
import { tomlDocument } from "@countersign/sources/containers-config/toml-document";
import type { Table } from "@countersign/sources/containers-config/toml-table";
import { type NodeFiles, readText } from "../node/node-files.ts";
import { unreadable } from "./unreadable.ts";

/** A program's configuration in several files, of which later ones have the last word. */
export interface TomlDocuments {
  readonly files: readonly string[];
  readonly documents: readonly Table[];
  /** files that could not be read, and why; nothing of what stands in them */
  readonly barred: readonly string[];
}

const maxFileSize = 1024 * 1024;
const maxFiles = 200;

/**
 * Reads a file, and those that it imports, and those that they do: each once, `*` standing for any part of a name.
 * @param importsOf what a file says of further ones; paths that are not absolute are beside it
 */
export async function readTomlDocuments(
  first: readonly string[],
  importsOf: (document: Table) => readonly string[],
  files: NodeFiles,
): Promise<TomlDocuments> {
  const read: string[] = [];
  const documents: Table[] = [];
  const barred: string[] = [];
  const waiting = [...first];
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (read.includes(file)) continue;
    if (read.length === maxFiles) {
      barred.push(`${file}: more than ${maxFiles} files`);
      break;
    }
    const text = await readText(files, file, maxFileSize);
    if (text.type === "barred") barred.push(text.why);
    if (text.type !== "read") continue;
    read.push(file);
    try {
      const document = await tomlDocument(text.text);
      documents.push(document);
      for (const pattern of importsOf(document)) {
        waiting.push(...(await matching(posix.resolve(posix.dirname(file), pattern), files)));
      }
    } catch (caught) {
      barred.push(`${file}: ${unreadable("TOML", caught).message}`);
    }
  }
  return { files: read, documents, barred };
}

/** The files that a path with `*` in its last part means. */
export async function matching(pattern: string, files: NodeFiles): Promise<readonly string[]> {
  const directory = posix.dirname(pattern);
  const parts = posix.basename(pattern).split("*");
  if (parts.length === 1) return [pattern];
  const listing = await files.list(directory);
  const names = listing.type === "listed" ? listing.names : [];
  return names.filter((name) => matches(name, parts)).map((name) => posix.join(directory, name));
}

function matches(name: string, [first = "", ...others]: readonly string[]): boolean {
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const [index, part] of others.entries()) {
    const found = index === others.length - 1 ? name.length - part.length : name.indexOf(part, at);
    if (found < at || !name.startsWith(part, found)) return false;
    at = found + part.length;
  }
  return true;
}

/** What the last document says that has it; an empty text says nothing. */
export function settingIn({ documents }: TomlDocuments, ...keys: readonly string[]): unknown {
  for (const document of documents.toReversed()) {
    const value = valueAt(document, keys);
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

/** The names in a table, of all documents together. */
export function entriesIn({ documents }: TomlDocuments, ...keys: readonly string[]): readonly string[] {
  const names = documents.flatMap((document) => {
    const value = valueAt(document, keys);
    return typeof value === "object" && value !== null ? Object.keys(value) : [];
  });
  return [...new Set(names)];
}

/** A text, or undefined for anything else. */
export function textIn(documents: TomlDocuments, ...keys: readonly string[]): string | undefined {
  const value = settingIn(documents, ...keys);
  return typeof value === "string" ? value : undefined;
}

function valueAt(document: Table, keys: readonly string[]): unknown {
  let value: unknown = document;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Table)[key];
  }
  return value;
}

/** The texts of a list; anything else in it is left out. */
export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}
