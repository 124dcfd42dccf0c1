import { selectionName } from "@countersign/engine/policy/select-scope";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import { formatReference } from "@countersign/engine/values/image-reference";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { DenialCode } from "@countersign/engine/verify/denial-code";
import { warningsOf } from "@countersign/engine/verify/warnings";
import type { Outcome, Report } from "../report.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { remedyFor } from "./remedy.ts";

/** What `countersign verify` prints: the answer first, then under which policy. */
export function reportToText(report: Report, paint: Paint): string {
  const lines = [headline(report, paint)];
  if (report.outcome.decision !== "allowed") lines.push(field("why", report.outcome.message));
  lines.push(...warningLines(report));
  if (report.digest !== undefined) lines.push(field("digest", report.digest));
  if (report.instance !== undefined) lines.push(field("instance", report.instance));
  if (report.policy !== undefined) lines.push(field("policy", `${report.policy.file}, ${scopeText(report)}`));
  const remedy = nextFor(report);
  if (remedy !== undefined) lines.push(field("next", remedy));
  return `${lines.join("\n")}\n`;
}

/** What to do next; undefined when the image is allowed, or nobody knows. */
export function nextFor(report: Report): string | undefined {
  return remedyFor(report) ?? moreToRead(report);
}

/** What would keep the image out, if it did not only warn. */
export function warningLines({ requirements }: Report): readonly string[] {
  return warningsOf(requirements).map(({ code, reason }) => field("warning", `${reason} (${code})`));
}

/** Where no single sentence says what to do. */
function moreToRead({ outcome }: Report): string | undefined {
  return outcome.decision === "denied" && notAccepted.has(outcome.code)
    ? "countersign explain shows every signature found and why it does not count"
    : undefined;
}

const notAccepted: ReadonlySet<DenialCode> = new Set(["SIGNATURE_NOT_ACCEPTED", "ATTESTATION_NOT_ACCEPTED"]);

export function headline({ image, located, outcome }: Report, paint: Paint): string {
  const asked = located === undefined ? image : typedName(located);
  return `${answer(outcome, paint)} ${printable(asked)}`;
}

/** The reference implementation ends the name of a layout's only image with a colon, which nobody types. */
function typedName(image: LocatedImage): string {
  const isOnly = image.transport === "oci" && image.entry.type === "only";
  return isOnly ? `oci:${image.path}` : fullName(image);
}

/** A registry's image by its full name alone, as runtimes know it; any other with its transport. */
export function fullName(image: LocatedImage): string {
  return image.transport === "docker" ? formatReference(image.reference) : formatImageName(image);
}

function answer(outcome: Outcome, paint: Paint): string {
  switch (outcome.decision) {
    case "allowed":
      return paint.good("allowed  ");
    case "denied":
      return paint.bad("denied   ");
    case "undecided":
      return paint.bad("undecided");
  }
}

export function field(name: string, value: string): string {
  return `${name.padEnd(9)} ${printable(value)}`;
}

export function scopeText({ policy }: Pick<Report, "policy">): string {
  const selection = policy?.selection;
  if (selection === undefined) return "no scope chosen";
  if (selection.rules.length > 0) return selectionName(selection);
  if (selection.scope === undefined) return "its default (no scope of the policy names this image)";
  return `scope ${selection.transport} ${JSON.stringify(selection.scope)}`;
}
