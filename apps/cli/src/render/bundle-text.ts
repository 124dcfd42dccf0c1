import { hash } from "node:crypto";
import { momentText } from "@countersign/engine/signature/sigstore/moment";
import type { VerifiedSigner, VerifiedTime } from "@countersign/engine/signature/sigstore/verified-entity";
import type { BundleReport } from "../bundle/bundle-report.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/** The answer in a line, and below it who signed and who knows of it, or why not. */
export function bundleToText(report: BundleReport, paint: Paint): string {
  const mark = report.decision === "verified" ? paint.good("verified") : paint.bad(report.decision);
  return [`${mark}  ${printable(report.artifact)}`, ...details(report), ""].join("\n");
}

function details(report: BundleReport): readonly string[] {
  if (report.decision !== "verified") return [`  ${printable(report.message)}`];
  const { entity, statement } = report;
  return [
    ...signerLines(entity.signer),
    ...entity.times.map(timeLine),
    `  logged by ${entity.logs} transparency ${entity.logs === 1 ? "log" : "logs"}`,
    ...(statement === undefined ? [] : [`  says ${printable(statement.predicateType)}`]),
  ];
}

function signerLines(signer: VerifiedSigner): readonly string[] {
  if (signer.type === "key") return [`  signed by the key with SHA-256 ${hash("sha256", signer.key.spki)}`];
  const names = signer.names.map(({ value }) => printable(value)).join(", ");
  return [`  signed by ${names}`, `  on the word of ${printable(signer.issuer ?? "nobody")}`];
}

function timeLine({ source, seconds }: VerifiedTime): string {
  return `  at ${momentText(seconds)}, says the ${source}`;
}
