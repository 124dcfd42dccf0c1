import { cut } from "../cut.ts";
import { isDigest } from "../digest.ts";
import { CountersignError } from "../error.ts";
import { quote } from "../go-format.ts";
import { isNameOnly, type NamedReference, parseNamedReference } from "../image-reference.ts";
import type { StorageImage, StorageStore } from "../located-image.ts";

/**
 * `[driver@/graph/root+/run/root:options]` and then `name`, `@id`, `name@id`, where the name may have a tag and a digest.
 * The store has to be written out, and the id in full: what they are short for only a store's configuration and its
 * content can say.
 * Source: containers/image storage/storage_transport.go, ParseReference.
 * @throws CountersignError REFERENCE_INVALID
 */
export function parseStorageImage(text: string): StorageImage {
  const { store, within } = splitStore(text);
  if (within === "") throw invalid(`"" is an empty reference: invalid reference`);
  const { name, id } = splitId(within);
  const common = { transport: "containers-storage", store } as const;
  if (name !== "") return { ...common, reference: parseName(name), id };
  if (id === undefined) throw invalid("invalid reference");
  return { ...common, reference: undefined, id };
}

function splitStore(text: string): { readonly store: StorageStore; readonly within: string } {
  const end = text.indexOf("]");
  if (!text.startsWith("[")) throw withoutStore(text);
  if (end === -1) throw invalid("invalid reference");
  return { store: parseStore(text.slice(1, end)), within: text.slice(end + 1) };
}

function parseStore(text: string): StorageStore {
  const [driver, afterDriver] = cut(text, "@");
  if (driver === "" || afterDriver === "") throw invalid("invalid reference");
  const place = afterDriver ?? driver;
  const [root = ""] = place.split(/[+:]/, 1);
  const [, runRoot = ""] = cut(cut(place, ":")[0], "+");
  if (![root, runRoot].every((path) => path === "" || path.startsWith("/"))) {
    throw invalid("path name is not absolute");
  }
  if (afterDriver === undefined || root === "") throw withoutStore(text);
  return { driver, root: cleanPath(root), options: place.slice(root.length) };
}

/** As the store itself knows its place; it begins with a slash. */
function cleanPath(path: string): string {
  const clean: string[] = [];
  for (const element of path.split("/")) {
    if (element === "..") clean.pop();
    else if (element !== "" && element !== ".") clean.push(element);
  }
  return `/${clean.join("/")}`;
}

function splitId(text: string): { readonly name: string; readonly id: string | undefined } {
  const at = text.lastIndexOf("@");
  if (at === -1) return { name: text, id: undefined };
  const last = text.slice(at + 1);
  if (last === "") throw invalid(`empty trailing digest or ID in ${quote(text)}: invalid reference`);
  if (isDigest(last)) return { name: text, id: undefined };
  if (isDigest(`sha256:${last}`)) return { name: text.slice(0, at), id: last };
  throw invalid(`${quote(last)} does not look like an image ID or digest: invalid reference`);
}

function parseName(text: string): NamedReference {
  try {
    const name = parseNamedReference(text);
    return isNameOnly(name) ? { ...name, tag: "latest" } : name;
  } catch (error) {
    throw invalid(`parsing named reference ${quote(text)}: ${CountersignError.from(error).message}`);
  }
}

function withoutStore(text: string): CountersignError {
  return invalid(
    `${quote(text)} does not say which store it means: write containers-storage:[driver@/graph/root]name, as in [overlay@/var/lib/containers/storage]`,
  );
}

function invalid(message: string): CountersignError {
  return new CountersignError("REFERENCE_INVALID", message);
}
