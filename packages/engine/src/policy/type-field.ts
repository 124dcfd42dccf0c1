import { cannotUnmarshal } from "../values/go-value.ts";
import type { Json } from "../values/strict-json.ts";
import { memberPath, type Report } from "../values/strict-object.ts";

/** The Go struct that holds nothing but the type, and the Go type of its member: both are named in error texts. */
export interface TypeField {
  readonly struct: string;
  readonly member: string;
}

/**
 * The `type` of a requirement or matcher, read before anything else of it. At this point containers/image decodes
 * loosely: `Type` counts too, the last one wins, and null changes nothing. The strict reading that follows refuses
 * such objects, but first this decides what they are told.
 * @returns `""` if there is none; undefined if a fault was reported
 */
export function readTypeField(json: Json, path: string, report: Report, go: TypeField): string | undefined {
  if (json.kind === "null") return "";
  if (json.kind !== "object") {
    report(path, cannotUnmarshal(json, go.struct));
    return undefined;
  }
  let type = "";
  for (const [name, value] of json.members) {
    if (name.toLowerCase() !== "type" || value.kind === "null") continue;
    if (value.kind !== "string") {
      report(memberPath(path, name), inStruct(cannotUnmarshal(value, go.member), go.struct));
      return undefined;
    }
    type = value.value;
  }
  return type;
}

/** encoding/json names the member when it decodes into a struct, without the struct's package. */
function inStruct(message: string, struct: string): string {
  const name = struct.slice(struct.indexOf(".") + 1);
  return message.replace("into Go value of type", `into Go struct field ${name}.type of type`);
}
