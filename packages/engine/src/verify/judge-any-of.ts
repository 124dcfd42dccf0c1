import type { Alternative, AnyOfRequirement } from "../policy/policy.ts";
import { CountersignError } from "../values/error.ts";
import { joinReasons } from "./join-reasons.ts";
import { failed, type Judgement, notJudged, satisfied } from "./judgement.ts";
import type { RequirementResult, Verdict } from "./verdict.ts";

/** A verdict, or a refusal because it could not be decided: then there is a fault. */
export type TriedVerdict = Verdict & { readonly fault?: CountersignError | undefined };

/**
 * Requires that one alternative holds whole; they are tried in order. One that cannot be judged spoils no other.
 * @throws CountersignError when none holds and one of them could not be judged
 */
export function judgeAnyOf(
  { alternatives }: AnyOfRequirement,
  tryToJudge: (alternative: Alternative) => TriedVerdict,
): Judgement {
  const results: (readonly RequirementResult[])[] = [];
  const reasons: string[] = [];
  let fault: CountersignError | undefined;
  for (const [at, alternative] of alternatives.entries()) {
    const verdict = tryToJudge(alternative);
    results.push(verdict.requirements);
    if (verdict.allowed) {
      const rest = alternatives.slice(at + 1).map((other) => other.map(notJudged));
      return { ...satisfied([]), alternatives: [...results, ...rest] };
    }
    reasons.push(verdict.reason);
    fault ??= verdict.fault;
  }
  const reason = joinReasons("None of the alternatives holds", reasons);
  if (fault !== undefined) throw new CountersignError(fault.code, reason, { cause: fault });
  return { ...failed(reason, []), alternatives: results };
}
