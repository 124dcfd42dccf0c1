import { isUtf8 } from "node:buffer";
import { quote } from "../values/go-format.ts";

/** `%q` of a Go string that may hold any bytes: what is not UTF-8 becomes `\xNN`. */
export function quoteBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return quote(Buffer.from(bytes).toString());
  let inner = "";
  let at = 0;
  while (at < bytes.length) {
    const length = characterLength(bytes, at);
    inner +=
      length === 0
        ? `\\x${(bytes[at] ?? 0).toString(16).padStart(2, "0")}`
        : quote(Buffer.from(bytes.subarray(at, at + length)).toString()).slice(1, -1);
    at += Math.max(1, length);
  }
  return `"${inner}"`;
}

/** How many bytes the character at `at` takes; 0 if there is no whole one. */
function characterLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}
