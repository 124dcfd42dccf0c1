import { Buffer } from "node:buffer";

/** What goes into an image's file system. */
export type LayerEntry =
  | { readonly type: "file"; readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly type: "link"; readonly path: string; readonly target: string }
  | { readonly type: "directory"; readonly path: string };

/** One layer as an uncompressed tar (POSIX ustar), owned by root and dated 1970: equal entries give equal bytes. */
export function packLayer(entries: readonly LayerEntry[]): Uint8Array<ArrayBuffer> {
  const blocks = entries.flatMap((entry) => {
    const content = entry.type === "file" ? entry.content : new Uint8Array();
    return [header(entry, content.length), content, new Uint8Array(-content.length & 511)];
  });
  return Buffer.concat([...blocks, new Uint8Array(1024)]);
}

function header(entry: LayerEntry, size: number): Uint8Array {
  const block = Buffer.alloc(512);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  block.write(entry.path, 0, 100);
  block.write(octal(entry.type === "file" ? entry.mode : 0o755, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write({ file: "0", link: "2", directory: "5" }[entry.type], 156);
  if (entry.type === "link") block.write(entry.target, 157, 100);
  block.write("ustar\u000000", 257);
  // The checksum counts its own eight bytes as spaces.
  block.fill(" ", 148, 156);
  block.write(
    `${octal(
      block.reduce((sum, byte) => sum + byte),
      6,
    )}\0 `,
    148,
  );
  return block;
}
