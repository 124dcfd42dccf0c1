import { CountersignError } from "../values/error.ts";
import type { Json } from "../values/json.ts";
import { memberPath, type Reader, type Report, readRaw } from "../values/strict-object.ts";
import { recordOf } from "../values/strict-record.ts";
import { textAs } from "../values/strict-value.ts";
import type { ResourceIdentity } from "./policy-resource.ts";
import { readCount } from "./spec-readers.ts";

/** Any Kubernetes object, as far as all of them are alike. */
export interface ResourceHeader {
  readonly identity: ResourceIdentity;
  /** unread; undefined if there is none */
  readonly spec: Json | undefined;
}

/**
 * Reads what every object has. Of `metadata` and `status`, which are the API server's, only what is used here is looked at.
 */
export const readResourceHeader: Reader<ResourceHeader> = (json, path, report) => {
  const object = readTopLevel(json, path, report);
  if (object === undefined) return undefined;
  const { metadata, spec } = object;
  const apiVersion = readName(object.apiVersion, memberPath(path, "apiVersion"), report);
  const kind = readName(object.kind, memberPath(path, "kind"), report);
  const place = memberPath(path, "metadata");
  const name = readObjectName(member(metadata, "name"), `${place}.name`, report);
  const namespace = readOptional(member(metadata, "namespace"), `${place}.namespace`, report);
  const generation = member(metadata, "generation");
  const edition = generation && readCount(generation, `${place}.generation`, report);
  if (apiVersion === undefined || kind === undefined || name === undefined) return undefined;
  if (namespace === "faulty") return undefined;
  return { identity: { apiVersion, kind, name, namespace, generation: edition ?? 0 }, spec };
};

const readTopLevel = recordOf(
  {},
  { apiVersion: readRaw, kind: readRaw, metadata: readRaw, spec: readRaw, status: readRaw },
);

function member(json: Json | undefined, name: string): Json | undefined {
  return json?.kind === "object" ? json.members.findLast(([each]) => each === name)?.[1] : undefined;
}

function readName(json: Json | undefined, path: string, report: Report): string | undefined {
  if (json?.kind === "string" && json.value !== "") return json.value;
  report(path, "a text is missing");
  return undefined;
}

function readObjectName(json: Json | undefined, path: string, report: Report): string | undefined {
  if (json !== undefined) return textAs(parseObjectName)(json, path, report);
  report(path, "the object's name is missing");
  return undefined;
}

function readOptional(json: Json | undefined, path: string, report: Report): string | undefined | "faulty" {
  if (json === undefined) return undefined;
  return textAs(parseNamespaceName)(json, path, report) ?? "faulty";
}

/** RFC 1123 subdomain: what the API server takes for most objects' names. */
function parseObjectName(text: string): string {
  const label = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
  if (text.length <= 253 && new RegExp(`^${label}(?:\\.${label})*$`).test(text)) return text;
  throw new CountersignError("POLICY_INVALID", "a name of lower-case letters, digits, - and . is expected");
}

/** RFC 1123 label: it becomes a file's name on every node. */
export function parseNamespaceName(text: string): string {
  if (text.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text)) return text;
  throw new CountersignError("NAMESPACE_INVALID", "a namespace's name is expected");
}
