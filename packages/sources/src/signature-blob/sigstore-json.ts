import { goField, goFill } from "@countersign/engine/values/go-fill";
import { goBytes, goMap, goString, goStruct } from "@countersign/engine/values/go-struct";
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
 * A sigstore signature as containers/image stores it outside registries: `{"mimeType", "payload", "annotations"}`.
 * @throws CountersignError JSON_INVALID in Go's words; TOO_LARGE
 */
export function readSigstoreJson(
  bytes: Uint8Array,
): Pick<SigstoreAttachment, "mediaType" | "payload" | "annotations"> {
  requireBoundedJson(bytes);
  const json = goFill(parseJson(bytes), representation);
  const annotations = goField(json, "annotations");
  return {
    mediaType: textOf(goField(json, "mimeType")),
    payload: decodeBase64(textOf(goField(json, "payload"))),
    annotations: new Map(
      annotations?.kind === "object" ? annotations.members.map(([name, text]) => [name, textOf(text)]) : [],
    ),
  };
}

function textOf(value: Json | undefined): string {
  return value?.kind === "string" ? value.value : "";
}
