import { quote } from "@countersign/engine/values/go-format";
import { refused } from "../tuf-rules.ts";
import { parsePaxRecords } from "./pax-records.ts";
import { blockSize, nameFrom, parseTarHeader } from "./tar-header.ts";

/** How much of an archive is read. */
export interface TarLimits {
  /** files, directories and extended headers */
  readonly entries: number;
  /** directories above a file */
  readonly depth: number;
}

const longestName = 1024;

/**
 * Reads the files of a tar archive that lies in memory; nothing is written anywhere. It is refused as a whole for a link or a
 * device, a name that leads out of it or comes twice, and for having no end: whoever reads it differently would see other
 * files.
 * @returns path → content, a view of `archive`
 * @throws CountersignError TRUST_REPOSITORY_UNUSABLE
 */
export function readTar(archive: Uint8Array, limits: TarLimits): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const directories = new Set<string>();
  let extended: Extension = {};
  for (let at = 0, entries = 0; ; entries++) {
    const block = archive.subarray(at, at + blockSize);
    if (block.length < blockSize) throw refused("it is cut off");
    if (block.every((byte) => byte === 0)) {
      if (!archive.subarray(at).every((byte) => byte === 0)) throw refused("something comes after its end");
      if (extended.name !== undefined) throw refused("a long name is followed by no file");
      return files;
    }
    if (entries === limits.entries) throw refused(`it has more than ${limits.entries} entries`);
    const header = parseTarHeader(block);
    const isOfFile = header.type === "file" || header.type === "directory";
    const size = isOfFile ? (extended.size ?? header.size) : header.size;
    const start = at + blockSize;
    at = start + Math.ceil(size / blockSize) * blockSize;
    if (at > archive.length) throw refused(`${quote(header.name.slice(0, 200))} is cut off`);
    const content = archive.subarray(start, start + size);
    switch (header.type) {
      case "extended":
        extended = { ...extended, ...extensionOf(content) };
        continue;
      case "longName":
        extended = { ...extended, name: withoutZeros(content) };
        continue;
      case "global": {
        const global = extensionOf(content);
        if (global.name !== undefined || global.size !== undefined) {
          throw refused("a global header of it names all files that follow");
        }
        continue;
      }
      case "directory":
        if (size > 0) throw refused(`the directory ${quote(header.name.slice(0, 200))} has a content`);
        directories.add(pathOf(extended.name ?? header.name, limits));
        break;
      case "file": {
        const path = pathOf(extended.name ?? header.name, limits);
        if (path === "" || (extended.name ?? header.name).endsWith("/")) {
          throw refused("a file of it has no name");
        }
        if (files.has(path)) throw refused(`${quote(path)} is in it twice`);
        files.set(path, content);
        break;
      }
    }
    extended = {};
  }
}

/** What an entry's own header has no room for. */
interface Extension {
  readonly name?: string;
  readonly size?: number;
}

function extensionOf(content: Uint8Array): Extension {
  const records = parsePaxRecords(content);
  const foreign = [...records.keys()].find((key) => key === "linkpath" || key.startsWith("GNU.sparse."));
  if (foreign !== undefined) throw refused(`${quote(foreign)} is not read: links and holes are refused`);
  const [name, size] = [records.get("path"), records.get("size")];
  if (size !== undefined && !/^[0-9]{1,15}$/.test(size))
    throw refused(`the size ${quote(size)} is no number`);
  return { ...(name !== undefined && { name }), ...(size !== undefined && { size: Number(size) }) };
}

function withoutZeros(content: Uint8Array): string {
  const end = content.indexOf(0);
  return nameFrom(end === -1 ? content : content.subarray(0, end));
}

/** `tar -C directory .` puts `./` before each name, and a slash after that of a directory. */
function pathOf(name: string, { depth }: TarLimits): string {
  const shown = quote(name.slice(0, 200));
  if (Buffer.byteLength(name) > longestName) throw refused(`the name ${shown} is too long`);
  const segments = name.replace(/^(?:\.\/)+/, "").split("/");
  if (segments.at(-1) === "" || segments.at(-1) === ".") segments.pop();
  if (segments.some((one) => one === "" || one === "." || one === "..")) {
    throw refused(`${shown} leads out of the archive, or is no plain path`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is refused
  if (/[\\\u0000-\u001f\u007f]/.test(name)) throw refused(`${shown} has characters that no file of it has`);
  if (segments.length > depth + 1) throw refused(`${shown} lies deeper than ${depth} directories`);
  return segments.join("/");
}
