import { constants, inflateRawSync, inflateSync } from "node:zlib";

export interface Decompressed {
  readonly octets: Uint8Array;
  /** how much of the input it took */
  readonly read: number;
}

/**
 * Takes the compression off. Input that ends early gives what there is of it, as with gpg.
 * @returns "too large" where it grows beyond `maxSize`: a bomb ends there
 */
export function decompress(
  method: "none" | "zip" | "zlib",
  input: Uint8Array,
  maxSize: number,
): Decompressed | "too large" | "broken" {
  if (method === "none") return input.length > maxSize ? "too large" : { octets: input, read: input.length };
  if (maxSize === 0) return "too large";
  const inflate = method === "zip" ? inflateRawSync : inflateSync;
  const options = { maxOutputLength: maxSize, finishFlush: constants.Z_SYNC_FLUSH, info: true };
  try {
    // with `info`, Node answers with the engine too; its types do not say so
    const { buffer, engine } = inflate(input, options) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    return { octets: buffer, read: engine.bytesWritten };
  } catch (caught) {
    return caught instanceof RangeError ? "too large" : "broken";
  }
}
