import { looseMember } from "@countersign/engine/values/loose-member";
import { parseJson } from "@countersign/engine/values/strict-json";
import { requireBoundedJson } from "../registry/bounded-json.ts";
import { annotation, memberText, predicateTypeAnnotation } from "./referrer-index.ts";

/** What a registry's list of referrers would say of a manifest, and to which it refers. */
export interface ManifestSummary {
  /** the digest that it names; `""` if it refers to nothing */
  readonly subject: string;
  /** as an entry of the list says it */
  readonly described: {
    /** the type of the config where the manifest has none itself */
    readonly artifactType: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
}

/**
 * Source: OCI distribution specification 1.1, listing referrers.
 * @throws CountersignError JSON_INVALID or TOO_LARGE
 */
export function summarizeManifest(bytes: Uint8Array): ManifestSummary {
  requireBoundedJson(bytes);
  const manifest = parseJson(bytes);
  const [subject, config] = ["subject", "config"].map((name) => looseMember(manifest, name));
  const predicateType = annotation(manifest, predicateTypeAnnotation);
  return {
    subject: subject === undefined ? "" : memberText(subject, "digest"),
    described: {
      artifactType:
        memberText(manifest, "artifactType") || (config === undefined ? "" : memberText(config, "mediaType")),
      annotations: predicateType === undefined ? {} : { [predicateTypeAnnotation]: predicateType },
    },
  };
}
