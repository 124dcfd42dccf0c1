import { cut } from "../cut.ts";
import { CountersignError } from "../error.ts";
import { parseGoInteger } from "../go-integer.ts";
import type { LayoutEntry, OciArchiveImage, OciImage } from "../located-image.ts";

/**
 * `path`, `path:name` or `path:@position`.
 * Source: containers/image oci/layout/oci_transport.go, ParseReference.
 * @throws CountersignError REFERENCE_INVALID, or what `resolvePath` throws
 */
export function parseOciImage(text: string, resolvePath: (path: string) => string): OciImage {
  const [path, name = ""] = cut(text, ":");
  const entry = parseEntry(name);
  const resolvedPath = resolvePath(path);
  if (entry.type === "named") checkName(entry.name);
  return { transport: "oci", path, resolvedPath, entry };
}

/**
 * `path` or `path:name`.
 * Source: containers/image oci/archive/oci_transport.go, ParseReference.
 * @throws CountersignError REFERENCE_INVALID, or what `resolvePath` throws
 */
export function parseOciArchiveImage(text: string, resolvePath: (path: string) => string): OciArchiveImage {
  const [path, name = ""] = cut(text, ":");
  const resolvedPath = resolvePath(path);
  if (name !== "") checkName(name);
  return { transport: "oci-archive", path, resolvedPath, name: name === "" ? undefined : name };
}

function parseEntry(name: string): LayoutEntry {
  if (name === "") return { type: "only" };
  return name.startsWith("@") ? { type: "at", position: parsePosition(name) } : { type: "named", name };
}

function parsePosition(text: string): number {
  const position = integer(text);
  if (position < 0) throw invalid(`Invalid source index @${position}: must not be negative`);
  return position;
}

function integer(text: string): number {
  try {
    return parseGoInteger(text.slice(1));
  } catch (error) {
    const { message } = CountersignError.from(error);
    throw invalid(`Invalid source index ${text}: not an integer: ${message}`);
  }
}

/** Of the annotation org.opencontainers.image.ref.name: components of letters and digits with single signs between. */
const component = "[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*";
const imageName = new RegExp(`^${component}(?:/${component})*$`);

function checkName(name: string): void {
  if (!imageName.test(name)) throw invalid(`Invalid image ${name}`);
}

function invalid(message: string): CountersignError {
  return new CountersignError("REFERENCE_INVALID", message);
}
