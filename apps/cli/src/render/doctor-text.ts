import type { Finding, FindingStatus } from "@countersign/gateway/doctor/finding";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/** A line for each finding, and below what is no good what follows from it and what to do. Then the count. */
export function doctorToText(findings: readonly Finding[], paint: Paint): string {
  return `${[...findings.flatMap((finding) => findingLines(finding, paint)), "", footer(findings)].join("\n")}\n`;
}

const width = "problem".length;

function findingLines(finding: Finding, paint: Paint): readonly string[] {
  const { status, check, found } = finding;
  const mark = (status === "ok" ? paint.good : paint.bad)(status.padEnd(width));
  const line = `${mark}  ${printable(found)} ${paint.dim(`[${check}]`)}`;
  if (finding.status === "ok") return [line];
  const indent = " ".repeat(width + 2);
  return [
    line,
    `${indent}${printable(finding.why)}`,
    `${indent}${paint.bold("Do:")} ${printable(finding.remedy)}.`,
  ];
}

function footer(findings: readonly Finding[]): string {
  const count = (status: FindingStatus) => findings.filter((finding) => finding.status === status).length;
  const [problems, warnings, unknown] = [count("problem"), count("warning"), count("unknown")];
  const plural = (number: number, one: string) => `${number} ${one}${number === 1 ? "" : "s"}`;
  const parts = [plural(problems, "problem"), plural(warnings, "warning"), `${unknown} not known`];
  return `${parts.join(", ")}, ${plural(count("ok"), "thing")} in order`;
}
