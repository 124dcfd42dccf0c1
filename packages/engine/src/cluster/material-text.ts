import type { Reader } from "../values/strict-object.ts";
import { readText } from "../values/strict-value.ts";

/**
 * Characters of keys or certificates in one place of a policy. A key has some hundred, a CA with its chain four thousand; a
 * file says a policy's for each of its scopes, so that what nobody needs would be there hundreds of times.
 */
export const maxMaterialText: number = 64 * 1024;

/** Keys or certificates as a policy has them in itself. Too long a text is not repeated in the fault. */
export function materialText<T>(reader: Reader<T>): Reader<T> {
  return (json, path, report) => {
    if (json.kind !== "string" || json.value.length <= maxMaterialText) return reader(json, path, report);
    report(
      path,
      `it has ${json.value.length} characters, and at most ${maxMaterialText} are read: give the key or the certificates alone, without comments or others`,
    );
    return undefined;
  };
}

export const readMaterialText: Reader<string> = materialText(readText);
