import type { Finding, LintedFile } from "../lint/finding.ts";

/** One array whatever was found; fields are added, never renamed. */
export function lintToJson(linted: readonly LintedFile[]): string {
  const files = linted.map(({ file, faults, hints, unshown }) => ({
    file,
    valid: faults.length === 0,
    faults: faults.map(findingToJson),
    hints: hints.map(findingToJson),
    unshown,
  }));
  return `${JSON.stringify(files, undefined, 2)}\n`;
}

function findingToJson({ severity, code, path, place, message, remedy }: Finding) {
  return {
    severity,
    code,
    path,
    line: place?.line ?? null,
    column: place?.column ?? null,
    message,
    remedy: remedy ?? null,
  };
}
