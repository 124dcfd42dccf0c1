import { type ComparedSide, type Comparison, isChanged } from "../policy-diff/comparison.ts";
import { headJson, jsonText, outcomeJson } from "./json-parts.ts";
import { requirementWords } from "./requirement-words.ts";

/** The `--output json` contract of `policy diff`: an array with one object for each comparison, fields never renamed. */
export function diffToJson(comparisons: readonly Comparison[]): string {
  return jsonText(
    comparisons.map((comparison) => {
      const { subject, type, namespace, before, after, requirements, otherKeys, answers } = comparison;
      return {
        [type]: subject,
        namespace,
        changed: isChanged(comparison),
        requirements,
        otherKeys,
        before: before && { ...sideJson(before), answer: answers && outcomeJson(answers.before) },
        after: after && { ...sideJson(after), answer: answers && outcomeJson(answers.after) },
      };
    }),
  );
}

function sideJson({ file, applies, requirements }: ComparedSide) {
  return {
    file,
    applies,
    requirements: requirements.map((requirement) => ({
      ...headJson(requirement),
      words: requirementWords(requirement),
    })),
  };
}
