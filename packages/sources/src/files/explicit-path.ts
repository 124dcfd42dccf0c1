import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { join, resolve } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import { isMissing, systemErrorText } from "../system-error.ts";

/** As many as Go follows. */
const maxLinks = 255;

/**
 * The path of a file or directory without symbolic links, `.` and `..`: by this policies know it. All of it must exist
 * but for its last element. `..` goes up in the text, before any link is followed. What is there may change the moment
 * after: who can write to a directory above an image decides what the image is.
 *
 * Synchronous, because it is a part of parsing a name: a handful of questions to the file system, once for a question.
 * Source: containers/image directory/explicitfilepath, ResolvePathToFullyExplicit; Go's filepath.EvalSymlinks.
 * @throws CountersignError IMAGE_UNREADABLE, in Go's words
 */
export function explicitPath(path: string): string {
  if (exists(path)) return withoutLinks(resolve(path));
  const slash = path.lastIndexOf("/") + 1;
  return join(withoutLinks(resolve(path.slice(0, slash))), path.slice(slash));
}

/** A link that leads nowhere exists. */
function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw unreadable(`faccessat ${path}: ${systemErrorText(error)}`);
  }
}

/** @param path absolute and clean */
function withoutLinks(path: string): string {
  const waiting = elementsOf(path);
  let done: readonly string[] = [];
  let links = 0;
  for (let element = waiting.shift(); element !== undefined; element = waiting.shift()) {
    if (element === "..") {
      done = done.slice(0, -1);
      continue;
    }
    const here = `/${[...done, element].join("/")}`;
    const found = look(here);
    if (!found.isSymbolicLink()) {
      if (waiting.length > 0 && !found.isDirectory()) throw unreadable("not a directory");
      done = [...done, element];
      continue;
    }
    if (++links > maxLinks) throw unreadable("EvalSymlinks: too many links");
    const target = readlinkSync(here);
    if (target.startsWith("/")) done = [];
    waiting.unshift(...elementsOf(target));
  }
  return `/${done.join("/")}`;
}

function elementsOf(path: string): string[] {
  return path.split("/").filter((element) => element !== "" && element !== ".");
}

function look(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (error) {
    throw unreadable(`lstat ${path}: ${systemErrorText(error)}`);
  }
}

function unreadable(message: string): CountersignError {
  return new CountersignError("IMAGE_UNREADABLE", message);
}
