import type { CountersignError, ErrorCode } from "@countersign/engine/values/error";
import type { DenialCode } from "@countersign/engine/verify/denial-code";
import type { ImageJudgement } from "../judge/image-judgement.ts";
import type { ImageUse } from "./image-uses.ts";
import type { RefusalStatus } from "./review-answer.ts";

/** Why an image keeps an object out. */
export type ImageProblem =
  | {
      readonly type: "denied";
      readonly use: ImageUse;
      readonly denial: Extract<ImageJudgement, { readonly allowed: false }>;
    }
  | { readonly type: "undecided"; readonly use: ImageUse; readonly error: CountersignError };

const mostProblems = 8;

/** What happened, to which image, where in the object, under which policies, and what to do. */
export function explainProblems(problems: readonly ImageProblem[]): string {
  const lines = problems.slice(0, mostProblems).map(explain);
  const more = problems.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more images`] : [])].join("\n");
}

function explain(problem: ImageProblem): string {
  const { path, image } = problem.use;
  const named = `${path}: ${image === "" ? "(no image)" : image}`;
  if (problem.type === "undecided") {
    const { code, message } = problem.error;
    return `${named}: could not be decided, so it is refused: ${message} (${code}). ${undecidedRemedies[code] ?? retry}`;
  }
  const { policies, message, code } = problem.denial;
  if (policies.length > 0) return `${named}: ${message} (${code}). ${deniedRemedies[code]}`;
  return `${named}: ${unmatched}, and what none matches is refused here (${code}). ${writePolicy(image)}`;
}

const unmatched = "no ClusterImagePolicy matches it";

/** Policies match names with digests, whatever a pod says. */
function writePolicy(image: string): string {
  const repository = image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  return `Write one with the glob "${repository}@*", or ask whoever runs the cluster.`;
}

const explainHint = "`countersign explain` says of each signature why not.";
const deniedRemedies: Readonly<Record<DenialCode, string>> = {
  POLICY_REJECTS: "Use another image, or ask whoever runs the cluster: what a policy lacks is in its status.",
  SIGNATURE_MISSING: "Sign the image where it is, then submit the object again.",
  SIGNATURE_NOT_ACCEPTED: `Have it signed by whom the policy names; ${explainHint}`,
  ATTESTATION_MISSING: "Attach the attestation that the policy asks for, then submit the object again.",
  ATTESTATION_NOT_ACCEPTED: `Attach an attestation that says what the policy asks for; ${explainHint}`,
  REQUIREMENT_UNSATISFIABLE: "Have the policy changed: what it says of its shortcomings is in its status.",
};

const retry = "Submit the object again once that is mended.";
const undecidedRemedies: Partial<Readonly<Record<ErrorCode, string>>> = {
  DEADLINE_EXCEEDED: "Submit it again: what was found out meanwhile is kept.",
  REGISTRY_DENIED: "Name a pull secret in the pod or its service account, and let the webhook read it.",
  REGISTRY_NOT_FOUND: "Check the image's name.",
  REFERENCE_INVALID: "Correct the image's name.",
  PLATFORM_NOT_FOUND: "Name the machines it is for in nodeSelector, kubernetes.io/arch.",
};

/**
 * A denial is an answer, and says so even if other images could not be decided; a name that is none will not become one by
 * asking again.
 */
export function statusOf(problems: readonly ImageProblem[]): RefusalStatus {
  if (problems.some(({ type }) => type === "denied")) return { code: 403, reason: "Forbidden" };
  const isWrong = problems.some(
    (problem) => problem.type === "undecided" && problem.error.code === "REFERENCE_INVALID",
  );
  if (isWrong) return { code: 422, reason: "Invalid" };
  const isLate = problems.some(
    (problem) => problem.type === "undecided" && problem.error.code === "DEADLINE_EXCEEDED",
  );
  return isLate ? { code: 504, reason: "Timeout" } : { code: 503, reason: "ServiceUnavailable" };
}

/** What would have kept an image out, if this webhook did not only warn: the code first, for long warnings are cut. */
export function toldOnly(problem: ImageProblem): string {
  const { path, image } = problem.use;
  const { code, message } = problem.type === "undecided" ? problem.error : problem.denial;
  const isUnmatched = problem.type === "denied" && problem.denial.policies.length === 0;
  return `${path}: ${image}: would be refused (${code}): ${isUnmatched ? unmatched : message}`;
}

/** What would have kept an image out, if its policy did not only warn. */
export function warningTexts(
  { path, image }: ImageUse,
  { policies, warnings }: ImageJudgement,
): readonly string[] {
  return warnings.map(({ code, reason, rule }) => {
    if (policies.length === 0) return `${path}: ${image}: ${unmatched}; --unmatched deny would refuse it`;
    return `${path}: ${image}: ${rule ?? shown(policies)} warns (${code}): ${reason}`;
  });
}

const mostPolicies = 4;

function shown(policies: readonly string[]): string {
  const more = policies.length - mostPolicies;
  const named = policies.slice(0, mostPolicies).join(", ");
  return more > 0 ? `${named} and ${more} more` : named;
}
