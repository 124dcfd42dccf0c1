import { formatReference } from "@countersign/engine/values/image-reference";
import type { Outcome, Report } from "../report.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/** What `countersign verify` prints: the answer first, then under which policy. */
export function reportToText(report: Report, paint: Paint): string {
  const lines = [headline(report, paint)];
  if (report.outcome.decision !== "allowed") lines.push(field("why", report.outcome.message));
  if (report.digest !== undefined) lines.push(field("digest", report.digest));
  if (report.instance !== undefined) lines.push(field("instance", report.instance));
  if (report.policy !== undefined) lines.push(field("policy", `${report.policy.file}, ${scopeText(report)}`));
  const remedy = remedyFor(report);
  if (remedy !== undefined) lines.push(field("next", remedy));
  return `${lines.join("\n")}\n`;
}

export function headline({ image, reference, outcome }: Report, paint: Paint): string {
  const asked = reference === undefined ? image : formatReference(reference);
  return `${answer(outcome, paint)} ${printable(asked)}`;
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

export function scopeText({ policy }: Report): string {
  const selection = policy?.selection;
  if (selection === undefined) return "no scope chosen";
  if (selection.scope === undefined) return "its default (no scope of the policy names this image)";
  return `scope ${selection.transport} ${JSON.stringify(selection.scope)}`;
}

/** What to do about it, in one sentence; undefined when there is nothing to do. */
export function remedyFor({ outcome, requirements }: Report): string | undefined {
  if (outcome.decision === "allowed") return undefined;
  switch (outcome.code) {
    case "SIGNATURE_MISSING":
      return "sign this very digest with the key or identity the policy names, and see that registries.d says use-sigstore-attachments: true for its registry";
    case "SIGNATURE_NOT_ACCEPTED":
      return requirements.some(({ reason }) => reason.includes("Signature for identity"))
        ? "the signature is good but names another image: cosign signs the bare repository name, which only matchRepository and exactRepository accept"
        : "countersign explain shows every signature found and why it does not count";
    case "POLICY_REJECTS":
      return "the policy's scope refuses this image whatever its signatures; use another image or change that scope";
    case "REGISTRY_UNREACHABLE":
    case "DEADLINE_EXCEEDED":
      return "nothing was decided; try again when the registry answers";
    case "TRUST_FILE_UNREADABLE":
      return "put the key or CA file where the policy says, readable for this user";
    default:
      return undefined;
  }
}
