import type { SigningReport } from "../signing/signing-report.ts";
import { jsonText } from "./json-parts.ts";

/** The same for programs: an object for each image. */
export function signingToJson(reports: readonly SigningReport[]): string {
  return jsonText(
    reports.map(({ image, digest, signatures, failure }) => ({
      image,
      digest,
      signatures: signatures.map(({ task, outcome, location }) => ({
        type: task.type,
        digest: task.subject.digest,
        format: task.format,
        predicateType: task.type === "attestation" ? task.predicate.type : undefined,
        names: task.names,
        outcome,
        location,
      })),
      code: failure?.code ?? "",
      message: failure?.message ?? "",
    })),
  );
}
