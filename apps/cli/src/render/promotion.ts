import type { Promoted } from "@countersign/signing/promote/promote-image";
import type { PromotionFailure, PromotionReport, Refusal } from "../signing/promotion-report.ts";
import { jsonText } from "./json-parts.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { nextFor, scopeText } from "./text.ts";

/** What `countersign promote` prints. */
export function promotionToText(report: PromotionReport, paint: Paint): string {
  const { source, destination, reference, digest, names, promoted, failure } = report;
  const word =
    failure !== undefined
      ? paint.bad(failure.report.outcome.decision === "denied" ? "denied  " : "failed  ")
      : promoted === undefined
        ? "dry run "
        : paint.good("promoted");
  const lines = [`${word} ${printable(source)} to ${printable(destination)}`];
  if (digest !== undefined) lines.push(detail("is", digest));
  if (promoted === undefined && failure === undefined) lines.push(detail("as", names.join(", ")));
  if (promoted !== undefined) {
    const { blobs, manifests, attached, signed, tag } = promoted;
    lines.push(
      detail(
        "blobs",
        `${blobs.copied} copied (${blobs.bytes} bytes), ${blobs.mounted} taken over, ${blobs.present} there before`,
      ),
      detail("also", `${manifests} manifests, ${attached} signatures and other attachments`),
      detail("signed", `${signatureCount(signed)} for ${names.join(", ")}`),
      detail("tag", `${reference} ${tagWords[tag]}`),
    );
  }
  if (failure !== undefined) lines.push(...failureLines(failure));
  return `${lines.join("\n")}\n`;
}

/** A second run stores nothing twice, and says so. */
function signatureCount(signed: Promoted["signed"]): string {
  const there = signed.filter(({ outcome }) => outcome === "already there").length;
  return `${signed.length - there} new signatures, ${there} there before`;
}

const tagWords: Readonly<Record<Promoted["tag"], string>> = {
  none: "was not to be written",
  "as it was": "as it was",
  written: "written",
};

function failureLines({ report, hasBegun }: PromotionFailure): readonly string[] {
  const { outcome, policy } = report;
  const lines = [detail("why", outcome.message)];
  if (policy !== undefined) lines.push(detail("policy", `${policy.file}, ${scopeText(report)}`));
  const next = nextAfter(report, hasBegun);
  if (next !== undefined) lines.push(detail("next", next));
  return lines;
}

function nextAfter(report: Refusal, hasBegun: boolean): string | undefined {
  if (report.outcome.code === "TAG_TAKEN") {
    return "nothing was published; name another tag, or have this one moved with --move-tag";
  }
  if (hasBegun) {
    return "the tag was not written; what was copied stays, and the next run goes on from there";
  }
  const remedy = nextFor(report)?.replace(/^nothing was decided; /, "");
  return remedy === undefined ? "nothing was copied" : `nothing was copied; ${remedy}`;
}

/** The same for programs. */
export function promotionToJson({
  source,
  destination,
  reference,
  digest,
  names,
  promoted,
  failure,
}: PromotionReport): string {
  return jsonText({
    source,
    destination,
    reference,
    digest,
    names,
    blobs: promoted?.blobs,
    manifests: promoted?.manifests,
    attached: promoted?.attached,
    signatures: promoted?.signed.map(({ task, outcome, location }) => ({
      digest: task.subject.digest,
      format: task.format,
      names: task.names,
      outcome,
      location,
    })),
    tag: promoted?.tag,
    code: failure?.report.outcome.code ?? "",
    message: failure?.report.outcome.message ?? "",
  });
}

function detail(name: string, value: string): string {
  return `  ${name.padEnd(8)} ${printable(value)}`;
}
