import type { TrustSource } from "./trust-source.ts";

/** Whether `one` demands at least what `that` does; undefined demands nothing. */
export function demands<T>(
  one: T | undefined,
  that: T | undefined,
  covers: (one: T, that: T) => boolean,
): boolean {
  return that === undefined || (one !== undefined && covers(one, that));
}

/** Whether every key of `one` is a key of `that`, of which any suffices. */
export function isAmong(one: TrustSource, that: TrustSource): boolean {
  const theirs = new Set(keysOf(that));
  return keysOf(one).every((key) => theirs.has(key));
}

/** Of certificates: a source holds one file or one text. */
export function isSame(one: TrustSource, that: TrustSource): boolean {
  return isAmong(one, that) && isAmong(that, one);
}

/** A file and the data it may hold are two things: what it holds is not known here. */
function keysOf(source: TrustSource): readonly string[] {
  return source.type === "files"
    ? source.paths.map((path) => `path ${path}`)
    : source.data.map((data) => `data ${Buffer.from(data).toString("base64")}`);
}
