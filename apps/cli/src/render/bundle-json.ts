import { hash } from "node:crypto";
import { momentText } from "@countersign/engine/signature/sigstore/moment";
import type { VerifiedSigner } from "@countersign/engine/signature/sigstore/verified-entity";
import type { BundleReport } from "../bundle/bundle-report.ts";

/** One object, the same fields whatever came of it; fields are added, never renamed. */
export function bundleToJson(report: BundleReport): string {
  return `${JSON.stringify(fieldsOf(report), undefined, 2)}\n`;
}

function fieldsOf(report: BundleReport) {
  const { bundle, artifact, decision } = report;
  const asked = { bundle, artifact, decision };
  if (report.decision !== "verified") {
    const { code, message } = report;
    return { ...asked, code, message, signer: null, times: [], logs: 0, predicateType: null };
  }
  const { signer, times, logs } = report.entity;
  return {
    ...asked,
    code: "",
    message: "",
    signer: signerToJson(signer),
    times: times.map(({ source, seconds }) => ({ source, time: momentText(seconds) })),
    logs,
    predicateType: report.statement?.predicateType ?? null,
  };
}

function signerToJson(signer: VerifiedSigner) {
  switch (signer.type) {
    case "key":
      return { type: "key", sha256: hash("sha256", signer.key.spki) };
    case "certificate":
      return { type: "certificate", issuer: signer.issuer ?? null, names: signer.names };
  }
}
