/** A POSIX tar of regular files, executable, owned by root, from the epoch: the same files give the same bytes. */
export function tarOf(files: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const entries = Object.entries(files).flatMap(([path, content]) => [
    ...(Buffer.byteLength(path) > 100 ? [tarEntry("long", paxRecord("path", path), "x")] : []),
    tarEntry(path, content),
  ]);
  return Buffer.concat([...entries, tarEnd]);
}

export const tarEnd: Uint8Array = Buffer.alloc(1024);

/** @param type of POSIX: `0` a file, `2` a symbolic link, `5` a directory, `x` an extended header */
export function tarEntry(path: string, content: string | Uint8Array, type = "0"): Uint8Array {
  const body = Buffer.from(content);
  return Buffer.concat([
    header(path, body.length, type),
    body,
    Buffer.alloc((512 - (body.length % 512)) % 512),
  ]);
}

/** A record's length counts its own digits. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const size = Buffer.byteLength(rest);
  const digits = [1, 2, 3, 4, 5, 6].find((count) => String(size + count).length === count) ?? 1;
  return `${size + digits}${rest}`;
}

function header(path: string, size: number, type: string): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;
  block.write(path, 0, 100);
  block.write(octal(0o755, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write("        ", 148);
  block.write(type, 156);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
