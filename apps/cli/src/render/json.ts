import type { Report } from "../report.ts";
import { fullName } from "./text.ts";

/** The `--output json` contract of verify and explain: one object, fields never renamed. */
export function reportToJson(report: Report): string {
  const { outcome, policy } = report;
  return JSON.stringify(
    {
      image: report.image,
      namespace: report.namespace,
      reference: report.located && fullName(report.located),
      digest: report.digest,
      instance: report.instance,
      decision: outcome.decision,
      code: outcome.decision === "allowed" ? "" : outcome.code,
      message: outcome.decision === "allowed" ? "" : outcome.message,
      policy: policy && {
        file: policy.file,
        because: policy.because,
        transport: policy.selection?.transport,
        scope: policy.selection && (policy.selection.scope ?? "default"),
        tried: policy.selection?.tried,
      },
      requirements: report.requirements.map(({ requirement, outcome, reason, signatures }) => ({
        type: requirement.type,
        outcome,
        reason,
        signatures,
      })),
      missedIn: report.missedIn,
      duration: report.duration,
    },
    (_key, value) => value ?? null,
    2,
  );
}
