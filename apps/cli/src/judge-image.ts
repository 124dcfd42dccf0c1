import type { Policy, Requirement } from "@countersign/engine/policy/policy";
import { placeOfFault, remedyOfFault } from "@countersign/engine/policy/policy-invalid";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import { CountersignError } from "@countersign/engine/values/error";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import { denialCode } from "@countersign/engine/verify/denial-code";
import { noEvidence } from "@countersign/engine/verify/evidence";
import { judge } from "@countersign/engine/verify/judge";
import { notJudged } from "@countersign/engine/verify/judgement";
import {
  explainRejection,
  type Ports,
  type Question,
  type Rejection,
  verifyImage,
} from "@countersign/engine/verify/verify-image";
import type { Outcome, Report } from "./report.ts";

/** What becomes known of an image once its policy is put to it. */
export type Judged = Pick<Report, "outcome" | "digest" | "instance" | "requirements">;

/** @throws CountersignError when it cannot be decided */
export async function judgeImage(question: Question, ports: Ports, signal: AbortSignal): Promise<Judged> {
  const answer = await verifyImage(question, ports, signal);
  const { verdict, digest, instance } = answer;
  return { outcome: outcomeOf(answer), digest, instance, requirements: verdict.requirements };
}

/** What the policy says of an image that carries no signature, whatever is in it; nobody has to look at it for that. */
export function judgeUnsigned(policy: Policy, image: LocatedImage): Judged {
  const subject = policySubject(image);
  const scope = selectScope(policy, subject);
  const verdict = judge(scope.requirements, subject, noEvidence);
  const outcome = outcomeOf({ verdict, scope });
  return { outcome, digest: undefined, instance: undefined, requirements: verdict.requirements };
}

function outcomeOf(rejection: Rejection): Outcome {
  const { verdict } = rejection;
  if (verdict.allowed) return { decision: "allowed" };
  return { decision: "denied", code: denialCode(verdict), message: explainRejection(rejection) };
}

/** The same of what could not be decided. */
interface Undecided extends Judged {
  readonly outcome: Extract<Outcome, { readonly decision: "undecided" }>;
}

/** What is known when it could not be decided: what was asked for, if the question got that far. */
export function undecided(caught: unknown, requirements: readonly Requirement[] = []): Undecided {
  const { code, message } = CountersignError.from(caught);
  const [place, remedy] = [placeOfFault(caught), remedyOfFault(caught)];
  return {
    outcome: {
      ...{ decision: "undecided", code, message },
      ...(place === undefined ? {} : { place }),
      ...(remedy === undefined ? {} : { remedy }),
    },
    digest: undefined,
    instance: undefined,
    requirements: requirements.map(notJudged),
  };
}
