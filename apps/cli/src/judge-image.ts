import type { Requirement } from "@countersign/engine/policy/policy";
import { CountersignError } from "@countersign/engine/values/error";
import { denialCode } from "@countersign/engine/verify/denial-code";
import type { RequirementResult } from "@countersign/engine/verify/verdict";
import {
  explainRejection,
  type Ports,
  type Question,
  verifyImage,
} from "@countersign/engine/verify/verify-image";
import type { Report } from "./report.ts";

/** What becomes known of an image once its policy is put to it. */
export type Judged = Pick<Report, "outcome" | "digest" | "instance" | "requirements">;

/** @throws CountersignError when it cannot be decided */
export async function judgeImage(question: Question, ports: Ports, signal: AbortSignal): Promise<Judged> {
  const answer = await verifyImage(question, ports, signal);
  const { verdict, digest, instance } = answer;
  const known = { digest, instance, requirements: verdict.requirements };
  if (verdict.allowed) return { ...known, outcome: { decision: "allowed" } };
  const message = explainRejection(answer);
  return { ...known, outcome: { decision: "denied", code: denialCode(verdict), message } };
}

/** What is known when it could not be decided: what was asked for, if the question got that far. */
export function undecided(caught: unknown, requirements: readonly Requirement[] = []): Judged {
  const { code, message } = CountersignError.from(caught);
  return {
    outcome: { decision: "undecided", code, message },
    digest: undefined,
    instance: undefined,
    requirements: requirements.map(notJudged),
  };
}

function notJudged(requirement: Requirement): RequirementResult {
  return { requirement, outcome: "not judged", reason: "", signatures: [] };
}
