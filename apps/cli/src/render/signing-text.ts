import type { SignatureReport, SigningReport } from "../signing/signing-report.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { signingRemedy } from "./signing-remedy.ts";

/** What `countersign sign` and `attest` print: for each image which digest it is, and every signature with its place. */
export function signingToText(reports: readonly SigningReport[], paint: Paint): string {
  return `${reports.flatMap((report) => reportLines(report, paint)).join("\n")}\n`;
}

function reportLines(report: SigningReport, paint: Paint): readonly string[] {
  const { image, digest, instances, signatures, failure } = report;
  const headline = `${headWord(report, paint)} ${printable(image)}`;
  const size = instances === undefined ? "" : `, an index of ${instances}`;
  const lines = [headline, ...(digest === undefined ? [] : [detail("is", `${digest}${size}`)])];
  lines.push(...signatures.map((signature) => signatureLine(signature, digest)));
  if (failure !== undefined) {
    lines.push(detail("why", failure.message));
    const remedy = signingRemedy(failure.code, failure.message);
    if (remedy !== undefined) lines.push(detail("next", remedy));
  }
  return lines;
}

function headWord({ signatures, failure }: SigningReport, paint: Paint): string {
  if (failure !== undefined) return paint.bad("failed ");
  return signatures.some(({ outcome }) => outcome === "dry run") ? "dry run" : paint.good("signed ");
}

function signatureLine({ task, outcome, location }: SignatureReport, image: string | undefined): string {
  const what = `${task.format} ${task.type === "signature" ? "signature" : task.predicate.type}`;
  const where = location === undefined ? "" : ` at ${location}`;
  const of = task.subject.digest === image ? "" : ` of ${task.subject.digest}`;
  return detail(words[outcome], `${what}${of} for ${task.names.join(", ")}${where}`);
}

const words = { stored: "new", "already there": "there", "dry run": "would be" } as const;

function detail(name: string, value: string): string {
  return `  ${name.padEnd(8)} ${printable(value)}`;
}
