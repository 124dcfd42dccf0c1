import { predicateTypes } from "@countersign/engine/policy/extension/predicate-types";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import type { Predicate } from "./statement.ts";

/** How the file of a predicate becomes the predicate. */
type Form =
  /** it is the predicate */
  | "json"
  /** a text, which is the predicate as one JSON string: SPDX's tag:value */
  | "text"
  /** anything, kept as a text with the time, as cosign does with what it knows no type of */
  | "custom";

/** What is no JSON object; cosign's other short names are. */
const otherForms: ReadonlyMap<string, Form> = new Map([
  ["spdx", "text"],
  ["custom", "custom"],
]);

/**
 * Makes a predicate of a file. What is JSON is kept as it was written, every member and digit of it.
 * @param type - one of cosign's short names, or the type's own URI
 * @param now - milliseconds since 1970
 * @throws CountersignError USAGE for a type that is none, PREDICATE_INVALID for a file that the type does not take
 */
export function makePredicate(type: string, file: Uint8Array, now: number): Predicate {
  const uri = predicateTypes.get(type) ?? checkedUri(type);
  const form = otherForms.get(type) ?? "json";
  switch (form) {
    case "json":
      return { type: uri, json: objectText(file) };
    case "text":
      return { type: uri, json: JSON.stringify(textOf(file)) };
    case "custom": {
      const Timestamp = `${new Date(now).toISOString().slice(0, 19)}Z`;
      return { type: uri, json: JSON.stringify({ Data: textOf(file), Timestamp }) };
    }
  }
}

/** An attestation must not pass for a signature, whoever asked for it. */
const reserved = /^https:\/\/sigstore\.dev\/cosign\/sign\//;

function checkedUri(type: string): string {
  if (reserved.test(type)) {
    throw new CountersignError(
      "USAGE",
      `--type ${quote(type)} is a signature's: countersign sign makes those`,
    );
  }
  if (/^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/.test(type)) return type;
  const names = [...predicateTypes.keys()].join(", ");
  throw new CountersignError("USAGE", `--type ${quote(type)}: write one of ${names}, or a URI`);
}

function textOf(file: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    throw invalid("it is not UTF-8");
  }
}

function objectText(file: Uint8Array): string {
  const text = textOf(file).trim();
  const json = parsed(text);
  if (json.kind !== "object") throw invalid(`a JSON object is expected, not ${json.kind}`);
  refuseDoubledNames(json);
  return text;
}

function parsed(text: string): Json {
  try {
    return parseJson(text);
  } catch (caught) {
    throw invalid(CountersignError.from(caught).message);
  }
}

/** Whoever verifies refuses a statement that says a thing twice. */
function refuseDoubledNames(json: Json): void {
  const waiting: Json[] = [json];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === "array") for (const item of next.items) waiting.push(item);
    if (next.kind !== "object") continue;
    const names = new Set(next.members.map(([name]) => name));
    if (names.size < next.members.length) throw invalid("an object in it has a member twice");
    for (const [, value] of next.members) waiting.push(value);
  }
}

function invalid(why: string): CountersignError {
  return new CountersignError("PREDICATE_INVALID", `the predicate: ${why}`);
}
