import { performance } from "node:perf_hooks";
import type { TrustPorts } from "@countersign/engine/verify/gather-trust";
import { warningsOf } from "@countersign/engine/verify/warnings";
import type { PolicyOf } from "../policies-in-force.ts";
import type { Outcome } from "../report.ts";
import { type JudgedUnderPolicy, judgeUnder } from "./judge-under.ts";
import type { EvidenceFor } from "./row-evidence.ts";
import type { Expectation, TestRow } from "./test-table.ts";

/** A row, and how it went. */
export interface RowResult extends JudgedUnderPolicy {
  readonly row: TestRow;
  /** what was expected and is not so; undefined: all is as expected */
  readonly difference: string | undefined;
  /** milliseconds */
  readonly duration: number;
}

/** With what the rows of one table are judged. */
export interface TestWorld extends TrustPorts {
  readonly policyOf: PolicyOf;
  readonly evidenceFor: EvidenceFor;
}

export async function runRow(row: TestRow, world: TestWorld, signal: AbortSignal): Promise<RowResult> {
  const began = performance.now();
  const question = {
    image: row.image,
    platform: row.platform,
    policy: () => world.policyOf(row.namespace),
    evidence: (within: AbortSignal) => world.evidenceFor(row, within),
    trustFiles: world.trustFiles,
    trustRepositories: world.trustRepositories,
  };
  const answer = await judgeUnder(question, signal);
  const difference = differenceFrom(row.expected, answer.judged);
  return { row, ...answer, difference, duration: Math.round((performance.now() - began) * 1000) / 1000 };
}

/** In words that go on after the image's name. */
export function differenceFrom(
  expected: Expectation,
  { outcome, requirements }: Pick<JudgedUnderPolicy["judged"], "outcome" | "requirements">,
): string | undefined {
  if (expected.decision !== outcome.decision) {
    const warned = outcome.decision === "allowed" ? warningsOf(requirements).map(({ code }) => code) : [];
    const only = warned.length === 0 ? "" : ` and only warned of (${[...new Set(warned)].join(", ")})`;
    return `expected ${expected.decision}, is ${describeOutcome(outcome)}${only}`;
  }
  if (expected.decision === "allowed" || outcome.decision === "allowed") return undefined;
  if (expected.code !== undefined && expected.code !== outcome.code) {
    return `expected ${expected.decision} (${expected.code}), is ${describeOutcome(outcome)}`;
  }
  if (expected.message !== undefined && !outcome.message.includes(expected.message)) {
    return `is ${describeOutcome(outcome)} as expected, but the message has no ${JSON.stringify(expected.message)}`;
  }
  return undefined;
}

export function describeOutcome(outcome: Outcome): string {
  return outcome.decision === "allowed" ? outcome.decision : `${outcome.decision} (${outcome.code})`;
}
