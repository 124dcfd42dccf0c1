import { constants, inflateRawSync, inflateSync } from "node:zlib";
import { refuse } from "../invalid.ts";

export interface Decompressed {
  readonly octets: Uint8Array;
  /** how much of the input it took */
  readonly read: number;
}

/**
 * Takes the compression off. Input that ends early gives what there is of it, as with gpg.
 * @returns undefined if it is not compressed in this way
 * @throws CountersignError SIGNATURE_INVALID if it grows beyond `maxSize`: a bomb ends there
 */
export function decompress(
  method: "none" | "zip" | "zlib",
  input: Uint8Array,
  maxSize: number,
): Decompressed | undefined {
  if (method === "none") return { octets: input, read: input.length };
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
    if (caught instanceof RangeError) refuse(`OpenPGP message decompresses to more than ${maxSize} bytes`);
    return undefined;
  }
}
