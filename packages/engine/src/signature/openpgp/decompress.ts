import { constants, inflateRawSync, inflateSync } from "node:zlib";

export interface Decompressed {
  readonly octets: Uint8Array;
  /** how much of the input it took */
  readonly read: number;
  /** what gpg comes upon behind the end of input that ends early */
  readonly behind: "nothing" | "garbage" | "a fault";
}

/**
 * Takes the compression off. Input that ends early gives what there is of it, as with gpg.
 * Source: GnuPG g10/compress.c, do_uncompress.
 * @returns "too large" where it grows beyond `maxSize`: a bomb ends there
 */
export function decompress(
  method: "none" | "zip" | "zlib",
  input: Uint8Array,
  maxSize: number,
): Decompressed | "too large" | "broken" {
  if (method === "none") {
    return input.length > maxSize ? "too large" : { octets: input, read: input.length, behind: "nothing" };
  }
  const inflate = method === "zip" ? inflateRawSync : inflateSync;
  const whole = inflateTo(inflate, input, maxSize, constants.Z_FINISH);
  if (whole === "too large") return whole;
  if (typeof whole === "object") return { ...whole, behind: "nothing" };
  const begun = inflateTo(inflate, input, maxSize, constants.Z_SYNC_FLUSH);
  if (typeof begun === "string") return begun;
  return method === "zlib" ? { ...begun, behind: "nothing" } : goOn(input, begun.octets, maxSize);
}

/**
 * gpg puts up to four octets behind a stream that has no zlib header, one whenever it wants more of it; where one gives
 * nothing, it takes the stream for ended, and then goes on behind it.
 * @param begun what the stream gives without them
 */
function goOn(input: Uint8Array, begun: Uint8Array, maxSize: number): Decompressed | "too large" | "broken" {
  const stages: Uint8Array[] = [];
  for (let count = 1; count <= 4; count++) {
    const filled = Buffer.concat([input, Buffer.alloc(count, 0xff)]);
    const stage = inflateTo(inflateRawSync, filled, maxSize, constants.Z_SYNC_FLUSH);
    if (stage === "too large") return stage;
    if (stage === "broken") break;
    stages.push(stage.octets);
  }
  const isFaulty = stages.length < 4;
  const end = stages.findIndex(({ length }, at) => length === (stages[at - 1]?.length ?? 0));
  const [octets, last] = [stages.at(end), stages.at(-1)];
  if (octets === undefined || last === undefined || (end < 0 && isFaulty)) return "broken";
  const isMore = last.length > begun.length;
  return { octets, read: input.length, behind: isFaulty ? "a fault" : isMore ? "garbage" : "nothing" };
}

function inflateTo(
  inflate: typeof inflateRawSync,
  input: Uint8Array,
  maxSize: number,
  finishFlush: number,
): { readonly octets: Uint8Array; readonly read: number } | "too large" | "broken" {
  if (maxSize === 0) return "too large";
  try {
    // with `info`, Node answers with the engine too; its types do not say so
    const { buffer, engine } = inflate(input, {
      maxOutputLength: maxSize,
      finishFlush,
      info: true,
    }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    return { octets: buffer, read: engine.bytesWritten };
  } catch (caught) {
    return caught instanceof RangeError ? "too large" : "broken";
  }
}
