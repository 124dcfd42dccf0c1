import type { Requirement } from "../policy/policy.ts";
import type { CountersignError } from "../values/error.ts";
import type { RequirementResult, SignatureResult } from "./verdict.ts";

/** How one requirement went. */
export type Judgement = Omit<RequirementResult, "requirement">;

const plain = { reason: "", fault: undefined, signatures: [], authorities: [], alternatives: [] };

export function satisfied(signatures: readonly SignatureResult[]): Judgement {
  return { ...plain, outcome: "satisfied", signatures };
}

export function failed(reason: string, signatures: readonly SignatureResult[]): Judgement {
  return { ...plain, outcome: "failed", reason, signatures };
}

/** Could not be judged, where that keeps nobody from an answer. */
export function undecided({ code, message }: CountersignError): Judgement {
  return { ...plain, outcome: "undecided", reason: message, fault: code };
}

export function notJudged(requirement: Requirement): RequirementResult {
  return { ...plain, requirement, outcome: "not judged" };
}
