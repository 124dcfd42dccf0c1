import type { Finding, LintedFile } from "../lint/finding.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/**
 * One line for each finding, `file:line:column: severity: path: message [CODE]` as compilers write them, so that editors
 * find the place; below it, what to do. Then the count.
 */
export function lintToText(linted: readonly LintedFile[], paint: Paint): string {
  const lines = linted.flatMap((one) => fileLines(one, paint));
  return `${[...lines, ...footer(linted)].join("\n")}\n`;
}

function fileLines({ file, faults, hints, unshown }: LintedFile, paint: Paint): string[] {
  const state = faults.length === 0 ? paint.good("valid") : paint.bad("not a valid policy");
  const lines = [`${printable(file)}: ${state}`];
  for (const finding of [...faults, ...hints]) lines.push(...findingLines(file, finding, paint));
  if (unshown > 0) lines.push(`${printable(file)}: ${unshown} more hints`);
  return lines;
}

function findingLines(file: string, finding: Finding, paint: Paint): string[] {
  const { severity, code, path, place, message, remedy } = finding;
  const where = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  const mark = severity === "note" ? paint.dim(severity) : paint.bad(severity);
  const what = `${path === "" ? "" : `${path}: `}${message}`;
  const line = `${paint.bold(printable(where))}: ${mark}: ${printable(what)} ${paint.dim(`[${code}]`)}`;
  return remedy === undefined ? [line] : [line, `    ${printable(remedy)}`];
}

function footer(linted: readonly LintedFile[]): string[] {
  const findings = linted.flatMap(({ faults, hints }) => [...faults, ...hints]);
  if (findings.length === 0) return [];
  const count = (severity: Finding["severity"], one: string) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [`${number} ${one}${number === 1 ? "" : "s"}`];
  };
  const counts = [...count("error", "error"), ...count("warning", "warning"), ...count("note", "note")];
  const lines = ["", counts.join(", ")];
  if (findings.some(({ code }) => code === "TRUST_FILE_UNREADABLE" || code === "ATTACHMENTS_NOT_READ")) {
    lines.push(
      "keys and registries.d are this machine's; for a policy that is meant for another one: --policy-only",
    );
  }
  return lines;
}
