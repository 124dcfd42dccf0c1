import type { Report } from "../report.ts";
import { jsonText, outcomeJson, policyJson, requirementsJson, warningsJson } from "./json-parts.ts";
import { fullName } from "./text.ts";

/** The `--output json` contract of verify and explain: one object, fields never renamed. */
export function reportToJson(report: Report): string {
  return jsonText({
    image: report.image,
    namespace: report.namespace,
    reference: report.located && fullName(report.located),
    resolution: report.resolution && {
      from: report.resolution.from,
      file: report.resolution.file,
      candidates: report.resolution.candidates.map(fullName),
    },
    digest: report.digest,
    instance: report.instance,
    ...outcomeJson(report.outcome),
    policy: policyJson(report.policy),
    warnings: warningsJson(report.requirements),
    requirements: requirementsJson(report.requirements),
    missedIn: report.missedIn,
    unreadBundles: report.unreadBundles,
    duration: report.duration,
  });
}
