import { CountersignError } from "@countersign/engine/values/error";
import type { Json, JsonObject } from "@countersign/engine/values/json";
import { memberPath } from "@countersign/engine/values/strict-object";

/**
 * Looks into objects of an API server, which may have any number of members that are nobody's business here. What is
 * looked at must be of its type, and there once: an API server writes nothing else, and whoever sends two of a member
 * wants them to be read differently by two readers.
 */

/** @throws CountersignError REVIEW_INVALID */
export function objectMember(json: Json | undefined, name: string, path: string): JsonObject | undefined {
  const value = member(json, name, path);
  if (value === undefined || value.kind === "object") return value;
  throw invalid(memberPath(path, name), `an object is expected, not ${value.kind}`);
}

/** @throws CountersignError REVIEW_INVALID */
export function listMember(json: Json | undefined, name: string, path: string): readonly Json[] {
  const value = member(json, name, path);
  if (value === undefined) return [];
  if (value.kind === "array") return value.items;
  throw invalid(memberPath(path, name), `a list is expected, not ${value.kind}`);
}

/** `""` if there is none. @throws CountersignError REVIEW_INVALID */
export function textMember(json: Json | undefined, name: string, path: string): string {
  const value = member(json, name, path);
  if (value === undefined) return "";
  if (value.kind === "string") return value.value;
  throw invalid(memberPath(path, name), `a text is expected, not ${value.kind}`);
}

/** Names and texts; @throws CountersignError REVIEW_INVALID */
export function textsMember(json: Json | undefined, name: string, path: string): ReadonlyMap<string, string> {
  const value = objectMember(json, name, path);
  return new Map(
    (value?.members ?? []).map(([key]) => [key, textMember(value, key, memberPath(path, name))]),
  );
}

/** null counts as nothing, as for the API server. */
export function member(json: Json | undefined, name: string, path: string): Json | undefined {
  if (json === undefined) return undefined;
  if (json.kind !== "object") throw invalid(path, `an object is expected, not ${json.kind}`);
  const found = json.members.filter(([each]) => each === name);
  if (found.length > 1) throw invalid(memberPath(path, name), "it is there twice");
  const value = found[0]?.[1];
  return value?.kind === "null" ? undefined : value;
}

export function invalid(path: string, message: string): CountersignError {
  return new CountersignError("REVIEW_INVALID", `${path}: ${message}`);
}
