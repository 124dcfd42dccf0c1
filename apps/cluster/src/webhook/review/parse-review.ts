import { countJsonValues } from "@countersign/engine/values/count-json-values";
import { CountersignError } from "@countersign/engine/values/error";
import type { Json } from "@countersign/engine/values/json";
import { parseJson } from "@countersign/engine/values/strict-json";
import type { AdmissionRequest } from "./admission-request.ts";
import { invalid, listMember, member, objectMember, textMember } from "./json-members.ts";

const operations: readonly string[] = ["CREATE", "UPDATE", "DELETE", "CONNECT"];
const longestUid = 128;
/** More than the two largest objects of use have together; what is read takes fifty times the memory of its text. */
const mostValues = 400_000;

/**
 * Parses an AdmissionReview of version v1 with a request in it. Members that are not known here are passed over: API
 * servers get new ones. The caller bounds the size.
 * @throws CountersignError REVIEW_INVALID, TOO_LARGE
 */
export function parseReview(bytes: Uint8Array): AdmissionRequest {
  const review = parse(bytes);
  const apiVersion = textMember(review, "apiVersion", "review");
  const kind = textMember(review, "kind", "review");
  if (apiVersion !== "admission.k8s.io/v1" || kind !== "AdmissionReview") {
    throw invalid("review", "an AdmissionReview of admission.k8s.io/v1 is expected");
  }
  const request = objectMember(review, "request", "review");
  if (request === undefined) throw invalid("review.request", "it is missing");
  const path = "request";
  const uid = textMember(request, "uid", path);
  if (uid === "" || uid.length > longestUid) throw invalid("request.uid", "a uid is expected");
  const operation = textMember(request, "operation", path);
  if (!operations.includes(operation)) {
    throw invalid("request.operation", `one of ${operations.join(", ")} is expected`);
  }
  return {
    uid,
    kind: groupVersion(objectMember(request, "kind", path), "kind"),
    resource: groupVersion(objectMember(request, "resource", path), "resource"),
    subResource: textMember(request, "subResource", path),
    name: textMember(request, "name", path),
    namespace: textMember(request, "namespace", path) || undefined,
    operation: operation as AdmissionRequest["operation"],
    userGroups: listMember(objectMember(request, "userInfo", path), "groups", "request.userInfo").map(
      (group, at) => {
        if (group.kind === "string") return group.value;
        throw invalid(`request.userInfo.groups[${at}]`, `a text is expected, not ${group.kind}`);
      },
    ),
    object: member(request, "object", path),
    oldObject: member(request, "oldObject", path),
  };
}

function parse(bytes: Uint8Array): Json {
  if (countJsonValues(bytes) > mostValues) {
    throw new CountersignError("TOO_LARGE", `review: at most ${mostValues} values are read`);
  }
  try {
    return parseJson(bytes);
  } catch (cause) {
    throw new CountersignError("REVIEW_INVALID", `review: ${CountersignError.from(cause).message}`, {
      cause,
    });
  }
}

/** The core group is `""`. */
function groupVersion<K extends "kind" | "resource">(
  json: Json | undefined,
  name: K,
): { readonly group: string; readonly version: string } & Readonly<Record<K, string>> {
  const path = `request.${name}`;
  const named = textMember(json, name, path);
  if (named === "") throw invalid(path, "it is missing");
  const group = textMember(json, "group", path);
  const version = textMember(json, "version", path);
  return { group, version, [name]: named } as ReturnType<typeof groupVersion<K>>;
}
