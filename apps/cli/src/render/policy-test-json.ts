import { formatImageName } from "@countersign/engine/values/format-image-name";
import { formatPlatform } from "@countersign/engine/values/platform";
import type { RowResult } from "../policy-test/run-test.ts";
import type { EvidencePlace } from "../policy-test/test-table.ts";
import { jsonText, outcomeJson, policyJson, requirementsJson } from "./json-parts.ts";

/** The `--output json` contract of `policy test`: an array with one object for each row, fields never renamed. */
export function testToJson(results: readonly RowResult[]): string {
  return jsonText(results.map(rowJson));
}

function rowJson({ row, policy, judged, difference, duration }: RowResult) {
  return {
    file: row.file,
    line: row.line,
    image: row.written,
    namespace: row.namespace,
    platform: formatPlatform(row.platform),
    evidence: evidenceText(row.evidence),
    passed: difference === undefined,
    expected: row.expected,
    difference,
    digest: judged.digest,
    instance: judged.instance,
    ...outcomeJson(judged.outcome),
    policy: policyJson(policy),
    requirements: requirementsJson(judged.requirements),
    duration,
  };
}

function evidenceText(place: EvidencePlace): string {
  switch (place.type) {
    case "recorded":
      return place.directory;
    case "copied":
      return formatImageName(place.image);
    default:
      return place.type;
  }
}
