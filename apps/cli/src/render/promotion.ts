import type { PromotionReport } from "../signing/promotion-report.ts";
import { jsonText } from "./json-parts.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/** What `countersign promote` prints. */
export function promotionToText(report: PromotionReport, paint: Paint): string {
  const { source, destination, digest, names, promoted, failure } = report;
  const word =
    failure !== undefined
      ? paint.bad("failed  ")
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
      detail("signed", `${signed.length} signatures for ${names.join(", ")}`),
      detail("tag", tag),
    );
  }
  if (failure !== undefined) lines.push(detail("why", failure.message));
  if (failure !== undefined && !failure.denied) {
    lines.push(
      detail("next", "the tag was not written; what was copied stays, and the next run goes on from there"),
    );
  }
  return `${lines.join("\n")}\n`;
}

/** The same for programs. */
export function promotionToJson({
  source,
  destination,
  digest,
  names,
  promoted,
  failure,
}: PromotionReport): string {
  return jsonText({
    source,
    destination,
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
    code: failure?.code ?? "",
    message: failure?.message ?? "",
  });
}

function detail(name: string, value: string): string {
  return `  ${name.padEnd(8)} ${printable(value)}`;
}
