import { hash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Inputs that are kept because they once showed something: one file each, its name says what. */
export interface KeptInput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Where the inputs of all targets are kept. */
export const corpusDirectory: string = join(import.meta.dirname, "corpus");

/** What is kept for a target, in the order of the names; nothing if there never was anything. */
export function keptInputs(target: string, directory: string = corpusDirectory): readonly KeptInput[] {
  const within = join(directory, target);
  return namesIn(within).map((name) => ({ name, bytes: readFileSync(join(within, name)) }));
}

/** @returns the path of the file */
export function keepInput(
  target: string,
  what: string,
  bytes: Uint8Array,
  directory: string = corpusDirectory,
): string {
  const path = join(directory, target, `${fileName(what)}-${hash("sha256", bytes).slice(0, 8)}`);
  mkdirSync(join(directory, target), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function fileName(what: string): string {
  const words = what
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 60);
  return words.replaceAll(/^-|-$/g, "") || "input";
}
