import type { Finding } from "@countersign/gateway/doctor/finding";

/** One array whatever was found; fields are added, never renamed. */
export function doctorToJson(findings: readonly Finding[]): string {
  return `${JSON.stringify(findings.map(findingToJson), undefined, 2)}\n`;
}

function findingToJson(finding: Finding) {
  const { check, status, found } = finding;
  const { why, remedy } = finding.status === "ok" ? { why: null, remedy: null } : finding;
  return { check, status, found, why, remedy };
}
