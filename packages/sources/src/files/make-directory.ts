import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isMissing } from "../system-error.ts";

/**
 * Makes a directory, and those above it that are not there. Node's own `recursive` goes on for ever below `/proc`: there the
 * system says of a directory that is there that it is missing, whatever is made in it.
 * @param mode of every directory that is made
 * @returns the topmost that was made; undefined if all were there
 * @throws NodeJS.ErrnoException
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<string | undefined> {
  const missing: string[] = [];
  let at = resolve(path);
  let outcome = await make(at, mode);
  // it ends at the root, which is there
  while (outcome === "parent missing") {
    missing.push(at);
    at = dirname(at);
    outcome = await make(at, mode);
  }
  let topmost = outcome === "made" ? at : undefined;
  for (const one of missing.reverse()) {
    outcome = await make(one, mode);
    if (outcome === "parent missing") throw cannotHold(dirname(one));
    if (outcome === "made") topmost ??= one;
  }
  return topmost;
}

async function make(path: string, mode: number): Promise<"made" | "there" | "parent missing"> {
  try {
    await mkdir(path, { mode });
    return "made";
  } catch (error) {
    if (isMissing(error)) return "parent missing";
    if (await isDirectory(path)) return "there";
    throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function cannotHold(directory: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${directory} is there, and no directory can be made in it`), {
    code: "ENOENT",
  });
}
