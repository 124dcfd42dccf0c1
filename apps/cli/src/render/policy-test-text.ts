import type { ErrorCode } from "@countersign/engine/values/error";
import { formatPlatform } from "@countersign/engine/values/platform";
import type { DenialCode } from "@countersign/engine/verify/denial-code";
import { warningsOf } from "@countersign/engine/verify/warnings";
import { describeOutcome, type RowResult } from "../policy-test/run-test.ts";
import type { TestRow } from "../policy-test/test-table.ts";
import type { Outcome } from "../report.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { remedyForSilence } from "./remedy.ts";
import { field, scopeText } from "./text.ts";

/** A line for each image that is answered as expected, and what one needs to know of each that is not. */
export function testToText(results: readonly RowResult[], paint: Paint): string {
  const lines = results.flatMap((result) => rowLines(result, paint));
  const failed = results.filter(({ difference }) => difference !== undefined).length;
  const count = `${results.length - failed} of ${results.length} as expected`;
  lines.push(failed === 0 ? paint.good(count) : paint.bad(`${count}, ${failed} not`));
  return `${lines.join("\n")}\n`;
}

function rowLines({ row, policy, judged, difference }: RowResult, paint: Paint): string[] {
  const { outcome } = judged;
  if (difference === undefined) {
    return [`${paint.good("ok    ")} ${printable(describeRow(row))}: ${describeOutcome(outcome)}`];
  }
  const lines = [`${paint.bad("FAILED")} ${printable(describeRow(row))}: ${printable(difference)}`];
  const detail = (name: string, value: string) => lines.push(`       ${field(name, value)}`);
  detail("in", `${row.file}:${row.line}`);
  if (policy !== undefined) detail("policy", `${policy.file}, ${scopeText({ policy })}`);
  if (outcome.decision !== "allowed") detail("why", outcome.message);
  const warnings = warningsOf(judged.requirements);
  for (const { code, reason } of warnings) detail("warning", `${reason} (${code})`);
  if (row.expected.decision === "denied" && outcome.decision === "allowed" && warnings.length > 0) {
    detail("next", `the policy only warns here; take its "mode": "warn" away, or expect allowed`);
  }
  const remedy = remedyFor(outcome, row.expected.decision);
  if (remedy !== undefined) detail("next", remedy);
  return lines;
}

/** An image that is refused, but not as expected, wants another row and not a signature. */
function remedyFor(outcome: Outcome, expected: Outcome["decision"]): string | undefined {
  if (outcome.decision === "allowed" || (outcome.decision === "denied" && expected !== "allowed")) {
    return undefined;
  }
  if (outcome.decision === "undecided" && outcome.remedy !== undefined) return outcome.remedy;
  return outcome.code === "REGISTRY_UNREACHABLE" ? remedyForSilence(outcome.message) : remedies[outcome.code];
}

const remedies: Readonly<Partial<Record<ErrorCode | DenialCode, string>>> = {
  SIGNATURE_MISSING:
    "sign it; if it is signed, let registries.d (--registries-d) say where its signatures are, and record what is recorded again",
  EVIDENCE_UNUSABLE: "where the registry can be asked, run countersign policy test --record DIR TABLE",
  POLICY_INVALID: "countersign lint FILE lists every fault of the policy and where it is",
  TRUST_FILE_UNREADABLE: "say under trustFiles where the keys are kept here that the policy names",
};

/** The image with what tells it from another row about it. */
export function describeRow({ written, namespace, platform }: TestRow): string {
  const particulars = [
    ...(namespace === undefined ? [] : [`namespace ${namespace}`]),
    ...(formatPlatform(platform) === "linux/amd64" ? [] : [formatPlatform(platform)]),
  ];
  return particulars.length === 0 ? written : `${written} (${particulars.join(", ")})`;
}
