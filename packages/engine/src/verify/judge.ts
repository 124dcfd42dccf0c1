import type { Requirement, Requirements } from "../policy/policy.ts";
import type { PolicySubject } from "../policy/policy-subject.ts";
import { CountersignError, unreachable } from "../values/error.ts";
import type { Evidence } from "./evidence.ts";
import { judgeSignedBy } from "./judge-signed-by.ts";
import { judgeSigstoreSigned } from "./judge-sigstore.ts";
import { failed, type Judgement, satisfied } from "./judgement.ts";
import type { RequirementResult, Verdict } from "./verdict.ts";

/**
 * Judges an image by all requirements, in order; the first failure is the answer.
 * Source: containers/image signature/policy_eval.go, IsRunningImageAllowed.
 * @throws CountersignError when a requirement cannot be judged; the message has no `Source image rejected: ` yet
 */
export function judge(requirements: Requirements, image: PolicySubject, evidence: Evidence): Verdict {
  const results: RequirementResult[] = [];
  for (const [at, requirement] of requirements.entries()) {
    const judgement = judgeRequirement(requirement, image, evidence);
    results.push({ requirement, ...judgement });
    if (judgement.outcome === "failed") {
      const rest = requirements.slice(at + 1).map(notJudged);
      return { allowed: false, reason: judgement.reason, requirements: [...results, ...rest] };
    }
  }
  return { allowed: true, requirements: results };
}

function judgeRequirement(requirement: Requirement, image: PolicySubject, evidence: Evidence): Judgement {
  switch (requirement.type) {
    case "insecureAcceptAnything":
      return satisfied([]);
    case "reject":
      return failed(`Running image ${image.spelled} is rejected by policy.`, []);
    case "signedBaseLayer":
      return failed("signedBaseLayer not implemented yet!", []);
    case "signedBy":
      return judgeSignedBy(requirement, image, evidence);
    case "sigstoreSigned":
      return judgeSigstoreSigned(requirement, image, evidence);
    case "sigstore":
    case "anyOf":
    case "warn":
      throw new CountersignError("REQUIREMENT_UNSUPPORTED", `${requirement.type} cannot be judged yet`);
    default:
      return unreachable(requirement);
  }
}

function notJudged(requirement: Requirement): RequirementResult {
  return { requirement, outcome: "not judged", reason: "", signatures: [] };
}
