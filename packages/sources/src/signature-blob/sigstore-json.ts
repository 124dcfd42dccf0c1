import { CountersignError } from "@countersign/engine/values/error";
import { goBytes, goMap, goString, goStruct, goTypeFault } from "@countersign/engine/values/go-struct";
import { foldName } from "@countersign/engine/values/json-names";
import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { requireBoundedJson } from "../registry/bounded-json.ts";

/** Source: containers/image internal/signature/sigstore.go. */
const representation = goStruct("signature.sigstoreJSONRepresentation", {
  mimeType: goString,
  payload: goBytes,
  annotations: goMap(goString),
});

/**
 * A sigstore signature as containers/image stores it outside registries: `{"mimeType", "payload", "annotations"}`. As
 * lenient as Go's decoder, to the last habit: names match in any case, unknown ones are ignored, null clears, and what
 * is written twice is written over, annotations one by one.
 * @throws CountersignError JSON_INVALID in Go's words; TOO_LARGE
 */
export function readSigstoreJson(
  bytes: Uint8Array,
): Pick<SigstoreAttachment, "mediaType" | "payload" | "annotations"> {
  requireBoundedJson(bytes);
  const json = parseJson(bytes);
  const fault = goTypeFault(json, representation);
  if (fault !== undefined) throw new CountersignError("JSON_INVALID", fault);
  return {
    mediaType: valuesOf(json, "mimeType").reduce(writeText, ""),
    payload: valuesOf(json, "payload").reduce(writeBytes, nothing).bytes,
    annotations: valuesOf(json, "annotations").reduce(writeMap, new Map()),
  };
}

/** Every value that is written to a field, in order. */
function valuesOf(json: Json, field: string): readonly Json[] {
  if (json.kind !== "object") return [];
  const folded = foldName(field);
  return json.members.filter(([name]) => foldName(name) === folded).map(([, value]) => value);
}

function writeText(before: string, value: Json): string {
  return value.kind === "string" ? value.value : before;
}

/** A list of bytes is written into the memory of the value before it, which a null in it lets show through. */
interface Slice {
  readonly bytes: Uint8Array;
  readonly memory: Uint8Array;
}

const nothing: Slice = { bytes: new Uint8Array(), memory: new Uint8Array() };

function writeBytes({ memory }: Slice, value: Json): Slice {
  if (value.kind === "string") {
    const bytes = decodeBase64(value.value);
    return { bytes, memory: bytes };
  }
  if (value.kind !== "array" || value.items.length === 0) return nothing;
  const bytes = Uint8Array.from(value.items, (item, at) =>
    item.kind === "number" ? Number(item.text) : (memory[at] ?? 0),
  );
  return { bytes, memory: Buffer.concat([bytes, memory.subarray(bytes.length)]) };
}

function writeMap(before: ReadonlyMap<string, string>, value: Json): ReadonlyMap<string, string> {
  if (value.kind !== "object") return new Map();
  const written = value.members.map(([name, text]) => [name, writeText("", text)] as const);
  return new Map([...before, ...written]);
}
