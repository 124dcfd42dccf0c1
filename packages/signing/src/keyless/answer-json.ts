import { CountersignError } from "@countersign/engine/values/error";
import type { Json } from "@countersign/engine/values/strict-json";
import { parseJson } from "@countersign/engine/values/strict-json";
import { memberPath } from "@countersign/engine/values/strict-object";
import { serviceFailed } from "./service-client.ts";

/** A service's JSON, read one member at a time: what is not as expected is the service's failure. */
export interface AnswerJson {
  readonly json: Json;
  readonly service: string;
  /** where it is in the answer */
  readonly path: string;
}

/** @throws CountersignError SIGNING_SERVICE_FAILED */
export function answerJson(body: Uint8Array, service: string): AnswerJson {
  try {
    return { json: parseJson(body), service, path: "answer" };
  } catch (caught) {
    throw serviceFailed(`${service} did not answer with JSON: ${CountersignError.from(caught).message}`);
  }
}

/** Undefined if it is not there. */
export function memberOf({ json, service, path }: AnswerJson, name: string): AnswerJson | undefined {
  const members = json.kind === "object" ? json.members : [];
  const value = members.findLast(([key]) => key === name)?.[1];
  return value === undefined || value.kind === "null"
    ? undefined
    : { json: value, service, path: `${path}.${name}` };
}

export function needed(at: AnswerJson, name: string): AnswerJson {
  return memberOf(at, name) ?? unexpected(`${at.path}.${name}`, at.service, "it is missing");
}

export function textOf({ json, service, path }: AnswerJson): string {
  return json.kind === "string"
    ? json.value
    : unexpected(path, service, `a text is expected, not ${json.kind}`);
}

/** A number that is a whole one, as it was written. */
export function integerOf({ json, service, path }: AnswerJson): string {
  if (json.kind === "number" && /^(0|[1-9]\d{0,18})$/.test(json.text)) return json.text;
  return unexpected(path, service, "a whole number is expected");
}

export function itemsOf({ json, service, path }: AnswerJson): readonly AnswerJson[] {
  if (json.kind !== "array") return unexpected(path, service, `a list is expected, not ${json.kind}`);
  return json.items.map((item, at) => ({ json: item, service, path: `${path}[${at}]` }));
}

/** The one member of an object that is named by what it holds: a name that the service chose, however long. */
export function onlyMember({ json, service, path }: AnswerJson): AnswerJson {
  const [only, ...others] = json.kind === "object" ? json.members : [];
  if (only === undefined || others.length > 0)
    return unexpected(path, service, "an object with one member is expected");
  return { json: only[1], service, path: memberPath(path, only[0]) };
}

export function unexpected(path: string, service: string, why: string): never {
  throw serviceFailed(`${service} answered something unexpected: ${path}: ${why}`);
}
