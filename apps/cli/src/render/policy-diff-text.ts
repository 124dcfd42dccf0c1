import { type ComparedSide, type Comparison, isChanged, isUnknown } from "../policy-diff/comparison.ts";
import { describeOutcome } from "../policy-test/run-test.ts";
import type { Outcome } from "../report.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { requirementWords } from "./requirement-words.ts";

/** What is asked for in another way, and what comes of it; what stays as it is, in numbers. */
export function diffToText(comparisons: readonly Comparison[], paint: Paint): string {
  const other = comparisons.filter(({ requirements }) => requirements !== "same");
  return `${[...other.flatMap((one) => comparisonLines(one, paint)), summary(comparisons, paint)].join("\n")}\n`;
}

function summary(comparisons: readonly Comparison[], paint: Paint): string {
  const changed = comparisons.filter(isChanged).length;
  const unknown = comparisons.filter(isUnknown).length;
  const asBefore = comparisons.filter(isAsBefore).length;
  const told = [
    changed === 0
      ? "nothing changes"
      : `${changed} of ${comparisons.length} ${changed === 1 ? "changes" : "change"}`,
    ...(asBefore === 0 ? [] : [`${asBefore} ${asBefore === 1 ? "is" : "are"} answered as before`]),
    ...(unknown === 0 ? [] : [`${unknown} could not be told`]),
  ].join(", ");
  return changed === 0 && unknown === 0 ? paint.good(told) : paint.bad(told);
}

function comparisonLines(comparison: Comparison, paint: Paint): readonly string[] {
  const { subject, namespace, requirements, otherKeys, answers, before, after } = comparison;
  const where = namespace === undefined ? "" : ` (namespace ${namespace})`;
  const word = isAsBefore(comparison) ? "as before" : requirements.padEnd(9);
  const head = `${word} ${printable(subject)}${where}${answerText(comparison)}`;
  return [
    isChanged(comparison) ? paint.bold(head) : head,
    ...sideLines("before", before, answers?.before),
    ...sideLines("after", after, answers?.after),
    ...otherKeys.map((path) => detail("keys", `${path} holds something else now`)),
  ];
}

function answerText(comparison: Comparison): string {
  const { answers } = comparison;
  if (answers === undefined) return "";
  const now = describeOutcome(answers.after);
  if (isUnknown(comparison)) return `: ${now}, before and after`;
  return isChanged(comparison)
    ? `: ${describeOutcome(answers.before)} → ${now}`
    : `: ${now}, though what is asked is ${comparison.requirements}`;
}

/** Whether something else is asked and the answer is the same all the same, which is no change. */
function isAsBefore(comparison: Comparison): boolean {
  return comparison.answers !== undefined && !isChanged(comparison) && !isUnknown(comparison);
}

function sideLines(
  name: string,
  side: ComparedSide | undefined,
  answer: Outcome | undefined,
): readonly string[] {
  if (side === undefined) return [detail(name, "no policy: whichever else is in force holds")];
  const { file, applies, requirements } = side;
  const why = answer === undefined || answer.decision === "allowed" ? [] : [answer.message];
  return [
    detail(name, `${file}, ${applies}`),
    ...[...requirements.map((one, at) => `${at + 1}. ${requirementWords(one)}`), ...why].map((line) =>
      detail("", line),
    ),
  ];
}

function detail(name: string, text: string): string {
  return `          ${name.padEnd(6)} ${printable(text)}`;
}
