import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { systemErrorText } from "@countersign/sources/system-error";

/** A text with resources, and what people call it. */
export interface ResourceText {
  readonly name: string;
  readonly text: string;
}

/** Standard input, or whatever else is not a file. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** More than any cluster's policies, or what a chart renders to. */
const maxBytes = 64 * 1024 * 1024;
const maxFiles = 10_000;

/**
 * Reads what `--filename` names: a file; `-`, which is standard input; or a directory, of which *.yaml, *.yml and *.json
 * are read as kubectl does, in the order of their names, and no directory within.
 * @throws CountersignError USAGE for what cannot be read, or is too much
 */
export async function readResourceFiles(
  names: readonly string[],
  input: ByteStream,
): Promise<readonly ResourceText[]> {
  if (names.filter((name) => name === "-").length > 1) {
    throw usage("--filename - is given twice, and standard input can be read once");
  }
  const texts: ResourceText[] = [];
  let left = maxBytes;
  for (const name of (await Promise.all(names.map(filesOf))).flat()) {
    const text = name === "-" ? await inputText(input, left) : await fileText(name);
    left -= text.length;
    if (left < 0) throw usage(`--filename: there are more than ${maxBytes} bytes to read`);
    texts.push({ name: name === "-" ? "standard input" : name, text });
  }
  return texts;
}

async function filesOf(name: string): Promise<readonly string[]> {
  if (name === "-") return [name];
  const found = await stat(name).catch((error) => {
    throw usage(`--filename ${name}: ${systemErrorText(error)}`);
  });
  if (!found.isDirectory()) return [name];
  const inside = (await readdir(name)).filter((each) => /\.(ya?ml|json)$/.test(each)).sort();
  if (inside.length === 0)
    throw usage(`--filename ${name}: there is no *.yaml, *.yml or *.json in this directory`);
  if (inside.length > maxFiles)
    throw usage(`--filename ${name}: there are more than ${maxFiles} files in it`);
  return inside.map((each) => join(name, each));
}

async function fileText(name: string): Promise<string> {
  return await readFile(name, "utf8").catch((error) => {
    throw usage(`--filename ${name}: ${systemErrorText(error)}`);
  });
}

async function inputText(input: ByteStream, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    size += chunk.length;
    if (size > most) throw usage(`--filename -: there are more than ${maxBytes} bytes to read`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function usage(message: string): CountersignError {
  return new CountersignError("USAGE", message);
}
