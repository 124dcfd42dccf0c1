import { type Json, parseJson } from "../../values/strict-json.ts";
import type { Reader } from "../../values/strict-object.ts";

/** The top-level member by which a file says that it may use the extension. */
export const marker = "countersign";

/** Whether the file is marked at all, be it well or badly. */
export function isMarked(json: Json): boolean {
  return json.kind === "object" && json.members.some(([name]) => name === marker);
}

/** The same of a file's text; what is no JSON is not marked. */
export function isMarkedFile(bytes: Uint8Array): boolean {
  try {
    return isMarked(parseJson(bytes));
  } catch {
    return false;
  }
}

/** There is one version of the extension; a file that names another means something that is not known here. */
export const readMarker: Reader<1> = (json, path, report) => {
  if (json.kind === "number" && json.text === "1") return 1;
  report(path, "this must be the number 1, the only version of the extension that is known here");
  return undefined;
};
