import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import { mutateJson } from "../mutate/json.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";
import { policySeeds, policyWords } from "./policy-words.ts";

/** Any JSON text. It is read exactly when JSON.parse reads it, and as the same. */
export function openTarget(): Target {
  return {
    seeds: [...policySeeds, ...others.map((text) => Buffer.from(text))],
    mutate: mutateJson(policyWords),
    check,
  };
}

const others = [
  "0",
  "-1.5e+10",
  '"\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\\\\""',
  "[true,false,null]",
  " [ ] ",
  '{"a":{"a":[{}]}}',
];

function check(input: Uint8Array): string {
  const ours = reading(["JSON_INVALID"], () => parseJson(input));
  if (!isUtf8(input)) return `no UTF-8, ${ours.type === "accepted" ? ours.type : ours.outcome}`;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(input);
  const theirs = nodesReading(text);
  if (ours.type === "refused") {
    const isDeep = ours.message.endsWith("exceeded max depth");
    assert.ok(theirs === undefined || isDeep, `JSON.parse reads what we refuse: ${ours.message}`);
    return ours.outcome;
  }
  assert.ok(theirs !== undefined, "JSON.parse refuses what we read");
  if (isShallow(text)) assert.deepEqual(plain(ours.value), wellFormed(theirs.value));
  return `accepted ${ours.value.kind}`;
}

function nodesReading(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Comparing calls itself for each level. */
function isShallow(text: string): boolean {
  return (text.match(/[[{]/g)?.length ?? 0) < 500;
}

function plain(json: Json): unknown {
  switch (json.kind) {
    case "null":
      return null;
    case "boolean":
    case "string":
      return json.value;
    case "number":
      return Number(json.text);
    case "array":
      return json.items.map(plain);
    case "object":
      return new Map(json.members.map(([name, value]) => [name, plain(value)]));
  }
}

/** Go has no half surrogate pairs: it reads a replacement character. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed(member)]));
}
