import { constants, type FileHandle, open } from "node:fs/promises";
import { isMissing, systemErrorText } from "../system-error.ts";

/** How reading a file went, in the words of Go's os.ReadFile; the caller knows what a failure means to it. */
export type FileReading =
  | { readonly type: "read"; readonly bytes: Uint8Array }
  | { readonly type: "missing"; readonly message: string }
  | {
      readonly type: "failed";
      readonly message: string;
      /** why, where that is why */
      readonly because?: "too large";
    };

/**
 * Reads a whole regular file of at most `limit` bytes. A FIFO or device would block or never end, so both are
 * refused, unread, whatever a symbolic link makes of the name.
 */
export async function readRegularFile(path: string, limit: number): Promise<FileReading> {
  let file: FileHandle | undefined;
  try {
    // A FIFO opens at once this way, and is refused by what it is.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (found.isDirectory()) return failed("read", path, "is a directory");
    if (!found.isFile()) return failed("read", path, "not a regular file");
    const bytes = await readUpTo(file, limit + 1, found.size + 1);
    if (bytes.length > limit) {
      const reading = failed("read", path, `exceeded maximum allowed size of ${limit} bytes`);
      return { ...reading, because: "too large" };
    }
    return { type: "read", bytes };
  } catch (error) {
    const operation = file === undefined ? "open" : "read";
    const type = isMissing(error) ? "missing" : "failed";
    return { type, message: `${operation} ${path}: ${systemErrorText(error)}` };
  } finally {
    await file?.close();
  }
}

/** The size a file claims is only a first guess: it may grow, and files below /proc claim none. */
async function readUpTo(file: FileHandle, most: number, guess: number): Promise<Uint8Array> {
  let buffer = Buffer.alloc(Math.min(most, Math.max(guess, 4096)));
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
    length += bytesRead;
    if (bytesRead === 0 || length === most) return buffer.subarray(0, length);
    if (length === buffer.length)
      buffer = Buffer.concat([buffer, Buffer.alloc(Math.min(length, most - length))]);
  }
}

function failed(operation: string, path: string, why: string) {
  return { type: "failed", message: `${operation} ${path}: ${why}` } as const;
}
