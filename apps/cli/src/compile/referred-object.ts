import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import { memberPath } from "@countersign/engine/values/strict-object";
import { plain } from "../render/policy-show-json.ts";
import { memberOf, textOf } from "./json-members.ts";
import type { PlacedResource, ResourceFault } from "./resource-fault.ts";

/** An object in plain JavaScript. */
export type ReferredObject = Readonly<Record<string, unknown>>;

/** Kinds that policies refer to. */
export const referredKinds: ReadonlySet<string> = new Set(["v1 Secret", "v1 ConfigMap", "v1 Namespace"]);

/** An object as an API server would have it once it was applied, and what that would refuse. */
export function readReferred({
  root,
  kind,
  faultAt,
}: PlacedResource): ReferredObject | readonly ResourceFault[] {
  const faults: ResourceFault[] = [];
  if (textOf(memberOf(root, "metadata"), "name") === "") {
    faults.push(faultAt("metadata.name", "the object's name is missing"));
  }
  const object = plain(root) as ReferredObject;
  if (kind !== "v1 Secret") return faults.length > 0 ? faults : object;
  const { stringData: written, ...rest } = object;
  const data = Object.entries(entriesOf(rest["data"])).flatMap(([name, value]) => {
    if (typeof value === "string" && isBase64(value)) return [[name, value] as const];
    faults.push(
      faultAt(memberPath("data", name), "base64 is expected; a text as it stands goes into stringData"),
    );
    return [];
  });
  // the API server writes it over `data`, encoded
  const encoded = Object.entries(entriesOf(written)).flatMap(([name, value]) => {
    if (typeof value === "string") return [[name, Buffer.from(value).toString("base64")] as const];
    faults.push(faultAt(memberPath("stringData", name), "a text is expected"));
    return [];
  });
  return faults.length > 0 ? faults : { ...rest, data: Object.fromEntries([...data, ...encoded]) };
}

function entriesOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function isBase64(text: string): boolean {
  try {
    decodeBase64(text);
    return true;
  } catch {
    return false;
  }
}
