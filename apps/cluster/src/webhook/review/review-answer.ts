/** What is answered to an API server. */
export type ReviewAnswer =
  | {
      readonly allowed: true;
      /** shown to whoever submitted the object */
      readonly warnings: readonly string[];
      readonly patch?: readonly PatchOperation[];
    }
  | { readonly allowed: false; readonly status: RefusalStatus; readonly message: string };

/** HTTP's code and Kubernetes' word for it. Source: k8s.io/apimachinery meta/v1, StatusReason. */
export type RefusalStatus =
  | { readonly code: 400; readonly reason: "BadRequest" }
  | { readonly code: 403; readonly reason: "Forbidden" }
  | { readonly code: 422; readonly reason: "Invalid" }
  | { readonly code: 500; readonly reason: "InternalError" }
  | { readonly code: 503; readonly reason: "ServiceUnavailable" }
  | { readonly code: 504; readonly reason: "Timeout" };

/** RFC 6902. */
export interface PatchOperation {
  readonly op: "replace";
  readonly path: string;
  readonly value: string;
}

export const allowed: ReviewAnswer = { allowed: true, warnings: [] };

/** What is submitted cannot mean what it is meant to. @param faults a line each */
export function invalid(faults: readonly string[]): ReviewAnswer {
  return { allowed: false, status: { code: 422, reason: "Invalid" }, message: faults.join("\n") };
}

/** An API server cuts longer ones, and drops all beyond 4 KiB together. Source: apiserver webhook/validating, addWarnings. */
const longestWarning = 256;
const mostWarnings = 12;
/** What kubectl still shows whole, and etcd's events take. */
const longestMessage = 8 * 1024;

/** An AdmissionReview with a response in it, as JSON. */
export function printReview(uid: string, answer: ReviewAnswer): string {
  const response = answer.allowed
    ? {
        uid,
        allowed: true,
        ...(answer.warnings.length > 0 && { warnings: shortened(answer.warnings) }),
        ...(answer.patch &&
          answer.patch.length > 0 && {
            patchType: "JSONPatch",
            patch: Buffer.from(JSON.stringify(answer.patch)).toString("base64"),
          }),
      }
    : {
        uid,
        allowed: false,
        status: { ...answer.status, message: cut(printable(answer.message, "\n"), longestMessage) },
      };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
}

function shortened(warnings: readonly string[]): readonly string[] {
  const shown = warnings.slice(0, mostWarnings).map((text) => cut(printable(text, " "), longestWarning));
  const more = warnings.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

/** Names of images and texts of registries end up on terminals. */
function printable(text: string, lineEnd: string): string {
  return text.replaceAll(/\r?\n/g, lineEnd).replaceAll(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd");
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}
