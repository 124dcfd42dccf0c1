import type { ResourceIdentity } from "@countersign/engine/cluster/policy-resource";
import { resourceName } from "@countersign/engine/cluster/resource-name";
import type { Compilation, PlacedShortcoming } from "../compile/compile-files.ts";
import type { Outcome } from "../compile/policy-outcome.ts";
import { jsonText } from "./json-parts.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/** What became of the resources, for people. @param passedOver objects by kind that are no policies */
export function compileToText(
  { policies, files, notes, hints }: Compilation,
  passedOver: ReadonlyMap<string, number>,
  paint: Paint,
): string {
  const names = policies.map(({ rule }) => resourceName(rule.identity));
  const lines = policies.flatMap(({ rule, outcome, shortcomings }) => {
    const name = resourceName(rule.identity);
    const isShared = names.filter((one) => one === name).length > 1;
    const lacks = shortcomings.map(shortcomingText);
    const told = notes.filter((note) => note.rule === name);
    return [
      `${label(outcome, paint)} ${name}${isShared ? ` (${groupOf(rule.identity)})` : ""}`,
      ...[...lacks, ...told.map(({ effect, message }) => `${effect}: ${message}`)].map(indented),
    ];
  });
  const hinted = hints.map((hint) => `${paint.bad("hint")}      ${hint}`);
  const passed = passedOver.size === 0 ? [] : [`note      ${passedOverText(passedOver)}`];
  const written = [...files.keys()].map((name) => `file      ${name}`);
  return `${[...lines, ...hinted, ...passed, ...written].map(printable).join("\n")}\n`;
}

/** Two groups have a ClusterImagePolicy and an ImagePolicy each. */
function groupOf({ apiVersion }: ResourceIdentity): string {
  return apiVersion.split("/", 1)[0] ?? apiVersion;
}

function shortcomingText({ file, place, path, effect, message }: PlacedShortcoming): string {
  const where = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  return `${effect}: ${where} ${path === "" ? "" : `${path}: `}${message}`;
}

function label(outcome: Outcome, paint: Paint): string {
  const text = outcome.padEnd(9);
  return outcome === "enforced" ? paint.good(text) : paint.bad(text);
}

function indented(line: string): string {
  return `          ${line}`;
}

/** A chart may have many kinds; the first few tell whether the right files were given. */
function passedOverText(passedOver: ReadonlyMap<string, number>): string {
  const kinds = [...passedOver].toSorted(([, one], [, other]) => other - one);
  const count = kinds.reduce((sum, [, number]) => sum + number, 0);
  const named = kinds.slice(0, 5).map(([kind, number]) => `${number} ${kind}`);
  const more = kinds.length > named.length ? ", …" : "";
  return `${count} ${count === 1 ? "object is" : "objects are"} of kinds that no policy is made of, and passed over: ${named.join(", ")}${more}`;
}

/** The `--output json` contract of `compile`. */
export function compileToJson(
  { policies, notes, hints, files }: Compilation,
  passedOver: ReadonlyMap<string, number>,
): string {
  return jsonText({
    faults: [],
    policies: policies.map(({ rule: { identity }, outcome, shortcomings }) => ({
      ...identity,
      outcome,
      shortcomings: shortcomings.map(({ place, ...one }) => ({
        ...one,
        line: place?.line,
        column: place?.column,
      })),
    })),
    notes,
    hints,
    passedOver: Object.fromEntries(passedOver),
    files: Object.fromEntries(files),
  });
}
