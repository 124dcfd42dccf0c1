import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { imagesOf } from "@countersign/engine/cluster/refusal";
import { shortened } from "./condition.ts";
import type { RuleOutcome } from "./rule-book.ts";

/** What comes of it that a policy is not right, or what it refers to is not there. */
export function consequence({ standing, rule }: RuleOutcome): string {
  switch (standing) {
    case "asWritten":
      return "it is in force as it is written";
    case "asItWas":
      return "what was in force before stays in force until this is mended";
    case "refusing":
      return `it never was right: images of ${rule === undefined ? "it" : imageList(rule)} are refused until it is mended`;
    case "nothing":
      return "nothing of it is in force: images go by the other policies, or by what holds without any";
  }
}

/** Of a message's thousand characters: what comes of it must not be cut off, however much is wrong. */
export const roomForProblems = 600;

/** What is wrong with a policy, and what comes of it. */
export function problemsAndConsequence(outcome: RuleOutcome): string {
  return `${shortened(outcome.problems.join("; "), roomForProblems)}; ${consequence(outcome)}`;
}

/** More are in the policy itself. */
const mostImages = 5;
const longestList = 250;

/** `ghcr.io/team/**, quay.io/app@*` */
export function imageList(rule: CompiledRule): string {
  const images = imagesOf(rule);
  const more = images.length > mostImages ? [`${images.length - mostImages} more`] : [];
  return shortened([...images.slice(0, mostImages), ...more].join(", "), longestList);
}
