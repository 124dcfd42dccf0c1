import { listPath } from "@countersign/engine/policy/lint/requirement-lists";
import type { Policy, Requirements } from "@countersign/engine/policy/policy";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { type ScopeSelection, selectScope } from "@countersign/engine/policy/select-scope";
import type { Digest } from "@countersign/engine/values/digest";
import { type JsonDocument, readJsonDocument } from "@countersign/engine/values/json-document";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { Json } from "@countersign/engine/values/strict-json";
import { memberPath, quoteShort } from "@countersign/engine/values/strict-object";
import { parsePolicy } from "@countersign/sources/policy-languages/read-policy";
import type { SignaturePlace } from "@countersign/sources/signature-places";
import type { PolicyInForce } from "../report.ts";

/** What holds for an image, before anybody looks at the image. */
export interface PolicyForImage {
  /** as it was typed */
  readonly written: string;
  readonly image: LocatedImage;
  readonly namespace: string | undefined;
  readonly policy: PolicyInForce & { readonly selection: ScopeSelection; readonly digest: Digest };
  /** the line of the file where the requirements are */
  readonly line: number;
  readonly requirements: Requirements;
  /** the same as they stand in the file, one by one */
  readonly asWritten: readonly Json[];
  readonly signaturePlaces: readonly SignaturePlace[];
}

/** A policy file, open to be quoted. */
export interface QuotedPolicy {
  applyTo(image: LocatedImage): Pick<PolicyForImage, "policy" | "line" | "requirements" | "asWritten">;
}

/** @throws CountersignError POLICY_INVALID */
export async function quotePolicy(bytes: Uint8Array, file: string, because: string): Promise<QuotedPolicy> {
  const policy = await parsePolicy(bytes, file);
  const document = readJsonDocument(bytes);
  return {
    applyTo(image) {
      const selection = selectScope(policy, policySubject(image));
      const paths = pathsOf(selection, policy);
      return {
        policy: { file, because, selection, digest: policy.digest },
        line: document.placeOf(paths[0] ?? "").line,
        requirements: selection.requirements,
        asWritten: paths.flatMap((path) => itemsAt(document, path)),
      };
    },
  };
}

/** Where the lists of requirements are, in the order in which they are asked. */
function pathsOf(selection: ScopeSelection, { images }: Policy): readonly string[] {
  const rules = selection.rules.map((name) => {
    const at = images.findIndex((rule) => rule.name === name);
    return `images[${at}].requirements`;
  });
  return selection.isReplaced ? rules : [scopePathOf(selection), ...rules];
}

function scopePathOf({ transport, scope }: ScopeSelection): string {
  return scope === undefined ? "default" : `${memberPath("transports", transport)}[${quoteShort(scope)}]`;
}

function itemsAt(document: JsonDocument, path: string): readonly Json[] {
  const found = document.find(listPath(path, document));
  return found?.kind === "array" ? found.items : [];
}
