import type { RequirementsChange } from "@countersign/engine/policy/compare-requirements";
import { compareRequirements } from "@countersign/engine/policy/compare-requirements";
import type { Requirements } from "@countersign/engine/policy/policy";
import type { Namespace } from "@countersign/gateway/policy/namespace";
import type { Outcome } from "../report.ts";

/** What a change of policies does to one image, or to the images of one scope. */
export interface Comparison {
  readonly type: "image" | "scope";
  /** the image as it was written, or the scope in words */
  readonly subject: string;
  /** undefined: outside of namespaces that have a policy of their own */
  readonly namespace: Namespace | undefined;
  readonly before: ComparedSide | undefined;
  readonly after: ComparedSide | undefined;
  readonly requirements: RequirementsChange;
  /** key and CA files that both sides name and that hold something else now */
  readonly otherKeys: readonly string[];
  /** both answers, where there is evidence to judge by and the requirements are not the same */
  readonly answers: { readonly before: Outcome; readonly after: Outcome } | undefined;
}

/** What holds on one side. */
export interface ComparedSide {
  readonly file: string;
  /** the scope, in words */
  readonly applies: string;
  readonly requirements: Requirements;
}

/** Where one side says nothing, the policy that then holds is another file's: what changes is not sure. */
export function compareSides(
  before: ComparedSide | undefined,
  after: ComparedSide | undefined,
  otherKeys: readonly string[] = [],
): Pick<Comparison, "before" | "after" | "requirements" | "otherKeys"> {
  return { before, after, requirements: requirementsChange(before, after, otherKeys), otherKeys };
}

function requirementsChange(
  before: ComparedSide | undefined,
  after: ComparedSide | undefined,
  otherKeys: readonly string[],
): RequirementsChange {
  if (before === undefined || after === undefined) return before === after ? "same" : "changed";
  return otherKeys.length > 0 ? "changed" : compareRequirements(before.requirements, after.requirements);
}

/**
 * Whether something is another now: the decision, where there is evidence for it, else what is asked for. Another reason
 * for the same decision is none.
 */
export function isChanged({ requirements, answers }: Comparison): boolean {
  if (answers !== undefined) return answers.before.decision !== answers.after.decision;
  return requirements !== "same";
}

/** Whether it could not be found out, on either side, what the answer is. */
export function isUnknown({ answers }: Comparison): boolean {
  return answers?.before.decision === "undecided" && answers.after.decision === "undecided";
}
