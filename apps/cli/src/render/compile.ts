import { resourceName } from "@countersign/engine/cluster/resource-name";
import type { Compilation } from "../compile/compile-files.ts";
import type { ResourceFault } from "../compile/read-resources.ts";
import { jsonText } from "./json-parts.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/** What became of the resources, for people. @param compiled undefined if some were not valid */
export function compileToText(
  faults: readonly ResourceFault[],
  compiled: Compilation | undefined,
  paint: Paint,
): string {
  if (compiled === undefined) {
    const lines = faults.map(({ file, place, path, message }) => {
      const where = place === undefined ? file : `${file}:${place.line}:${place.column}`;
      return `${paint.bad("error")} ${printable(`${where} ${path === "" ? "" : `${path}: `}${message}`)}`;
    });
    return `${lines.join("\n")}\n`;
  }
  const { rules, files, notes } = compiled;
  const lines = rules.flatMap(({ identity, shortcomings }) => [
    shortcomings.length === 0
      ? `${paint.good("enforced")} ${resourceName(identity)}`
      : `${paint.bad("in part")}  ${resourceName(identity)}`,
    ...shortcomings.map(({ path, effect, message }) => `         ${effect}: ${path}: ${message}`),
  ]);
  const told = notes.map(({ rule, message }) => `${paint.bad("crio")}     ${rule}: ${message}`);
  const written = [...files.keys()].map((name) => `file     ${name}`);
  return `${[...lines, ...told, ...written].map(printable).join("\n")}\n`;
}

/** The `--output json` contract of `compile`. */
export function compileToJson(faults: readonly ResourceFault[], compiled: Compilation | undefined): string {
  return jsonText({
    faults: faults.map(({ file, place, path, message }) => ({ file, line: place?.line, path, message })),
    policies: compiled?.rules.map(({ identity, shortcomings }) => ({ ...identity, shortcomings })) ?? [],
    notes: compiled?.notes ?? [],
    files: compiled === undefined ? {} : Object.fromEntries(compiled.files),
  });
}
