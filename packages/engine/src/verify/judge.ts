import type { EnforcedRequirement, Requirement, Requirements } from "../policy/policy.ts";
import type { PolicySubject } from "../policy/policy-subject.ts";
import { CountersignError, unreachable } from "../values/error.ts";
import type { Evidence } from "./evidence.ts";
import { judgeAnyOf, type TriedVerdict } from "./judge-any-of.ts";
import { judgeSignedBy } from "./judge-signed-by.ts";
import { judgeSigstoreSigned } from "./judge-sigstore.ts";
import { judgeSigstoreAuthorities } from "./judge-sigstore-authorities.ts";
import { failed, type Judgement, notJudged, satisfied, undecided } from "./judgement.ts";
import type { RequirementResult, Verdict } from "./verdict.ts";

/**
 * Judges an image by all requirements, in order; the first failure of one that does not only warn is the answer.
 * Source: containers/image signature/policy_eval.go, IsRunningImageAllowed.
 * @throws CountersignError when a requirement cannot be judged; the message has no `Source image rejected: ` yet
 */
export function judge(requirements: Requirements, image: PolicySubject, evidence: Evidence): Verdict {
  const verdict = judgeInOrder(requirements, image, evidence);
  if (verdict.fault !== undefined) throw verdict.fault;
  return verdict;
}

/** With what was found out until something could not be judged, if that happens. */
function judgeInOrder(requirements: Requirements, image: PolicySubject, evidence: Evidence): TriedVerdict {
  const results: RequirementResult[] = [];
  for (const [at, requirement] of requirements.entries()) {
    const { judgement, fault } = tryToJudge(requirement, image, evidence);
    results.push({ requirement, ...judgement });
    // a failure or a fault of what only warns keeps nobody out
    if (requirement.type === "warn" || judgement.outcome === "satisfied") continue;
    const rest = requirements.slice(at + 1).map(notJudged);
    return { allowed: false, reason: judgement.reason, requirements: [...results, ...rest], fault };
  }
  return { allowed: true, requirements: results };
}

function tryToJudge(
  requirement: Requirement,
  image: PolicySubject,
  evidence: Evidence,
): { readonly judgement: Judgement; readonly fault?: CountersignError } {
  const enforced = requirement.type === "warn" ? requirement.requirement : requirement;
  try {
    return { judgement: judgeEnforced(enforced, image, evidence) };
  } catch (caught) {
    const fault = CountersignError.from(caught);
    return { judgement: undecided(fault), fault };
  }
}

function judgeEnforced(
  requirement: EnforcedRequirement,
  image: PolicySubject,
  evidence: Evidence,
): Judgement {
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
      return judgeSigstoreAuthorities(requirement, image, evidence);
    case "anyOf":
      return judgeAnyOf(requirement, (alternative) => judgeInOrder(alternative, image, evidence));
    default:
      return unreachable(requirement);
  }
}
