import type { ResourceFault } from "../compile/resource-fault.ts";
import { jsonText } from "./json-parts.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/** What is wrong with resources, a line each: place, resource, path in it, and why. */
export function faultsToText(faults: readonly ResourceFault[], paint: Paint): string {
  return faults.map((fault) => `${paint.bad("error")} ${printable(lineOf(fault))}\n`).join("");
}

function lineOf({ file, place, resource, path, message }: ResourceFault): string {
  const where = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  const what = [resource, path].filter((part) => part !== "").map((part) => `${part}: `);
  return [where, `${what.join("")}${message}`].filter((part) => part !== "").join(" ");
}

/** The same in the `--output json` contract of `compile`. */
export function faultsToJson(faults: readonly ResourceFault[]): string {
  const told = faults.map(({ place, ...fault }) => ({ ...fault, line: place?.line, column: place?.column }));
  return jsonText({ faults: told, policies: [], notes: [], hints: [], passedOver: {}, files: {} });
}
