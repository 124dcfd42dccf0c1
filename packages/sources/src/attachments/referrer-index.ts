import { type Digest, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { looseMember } from "@countersign/engine/values/loose-member";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import { requireBoundedJson } from "../registry/bounded-json.ts";

/** What a list says of a manifest that refers to another. */
export interface ListedReferrer {
  readonly digest: Digest;
  /** `""` if it does not say */
  readonly artifactType: string;
  /** what the list says that a bundle's statement is about (`dev.sigstore.bundle.predicateType`) */
  readonly predicateType: string | undefined;
}

export interface ReferrerIndex {
  readonly entries: readonly ListedReferrer[];
  /** why an entry is none; with its position, from 1 */
  readonly faults: readonly string[];
}

export const predicateTypeAnnotation = "dev.sigstore.bundle.predicateType";

/**
 * Parses a list of referrers. One entry that is none is no reason to overlook the others.
 * Source: OCI distribution specification 1.1, listing referrers.
 * @throws CountersignError JSON_INVALID, MANIFEST_INVALID or TOO_LARGE, if it is no list
 */
export function parseReferrerIndex(bytes: Uint8Array): ReferrerIndex {
  requireBoundedJson(bytes);
  const manifests = looseMember(parseJson(bytes), "manifests");
  if (manifests === undefined) return { entries: [], faults: [] };
  if (manifests.kind !== "array") {
    throw new CountersignError("MANIFEST_INVALID", `a list of manifests is expected, not ${manifests.kind}`);
  }
  const entries: ListedReferrer[] = [];
  const faults: string[] = [];
  for (const [index, descriptor] of manifests.items.entries()) {
    try {
      entries.push(readEntry(descriptor));
    } catch (caught) {
      faults.push(`entry ${index + 1}: ${CountersignError.from(caught).message}`);
    }
  }
  return { entries, faults };
}

function readEntry(descriptor: Json): ListedReferrer {
  return {
    digest: parseDigest(memberText(descriptor, "digest")),
    artifactType: memberText(descriptor, "artifactType"),
    predicateType: annotation(descriptor, predicateTypeAnnotation),
  };
}

/** A member that is a text; `""` for anything else. */
export function memberText(json: Json, name: string): string {
  const value = looseMember(json, name);
  return value?.kind === "string" ? value.value : "";
}

/** An annotation of a descriptor or manifest. Its name is data: the case counts. */
export function annotation(json: Json, name: string): string | undefined {
  const annotations = looseMember(json, "annotations");
  if (annotations?.kind !== "object") return undefined;
  const value = annotations.members.findLast(([key]) => key === name)?.[1];
  return value?.kind === "string" ? value.value : undefined;
}
