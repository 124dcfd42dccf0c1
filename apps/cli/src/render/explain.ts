import type { Requirement } from "@countersign/engine/policy/policy";
import type { NameResolution } from "../name-resolution.ts";
import type { Report } from "../report.ts";
import { describeRequirement } from "./describe-requirement.ts";
import { requirementLines } from "./explain-requirement.ts";
import { indent } from "./indent.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { remedyFor } from "./remedy.ts";
import { field, fullName, headline, scopeText, warningLines } from "./text.ts";

/** What someone reads at night when a pod does not start: each step of the decision, in the order it was taken. */
export function explainReport(report: Report, paint: Paint): string {
  const lines = [headline(report, paint)];
  if (report.outcome.decision !== "allowed") {
    lines.push(field("why", report.outcome.message), field("code", report.outcome.code));
  }
  lines.push(...warningLines(report));
  const remedy = remedyFor(report);
  if (remedy !== undefined) lines.push(field("next", remedy));
  lines.push("", paint.bold("Image"), ...imageLines(report));
  lines.push("", paint.bold("Policy"), ...policyLines(report));
  if (report.requirements.length > 0) lines.push("", ...allRequirementLines(report, paint));
  return `${lines.join("\n")}\n`;
}

function allRequirementLines(report: Report, paint: Paint): readonly string[] {
  const { requirements, outcome } = report;
  if (outcome.decision === "undecided") {
    return [
      paint.bold("Requirements, all of which are to hold: none was judged, for the reason above"),
      ...requirements.map(({ requirement }, at) => askedLine(requirement, at)),
    ];
  }
  return [
    paint.bold("Requirements, all of which must hold, in this order"),
    ...requirements.flatMap((result, at) => requirementLines(result, `${at + 1}.`, { ...report, paint })),
  ];
}

function askedLine(requirement: Requirement, at: number): string {
  const inner = requirement.type === "warn" ? requirement.requirement : requirement;
  return indent(`${at + 1}. ${printable(describeRequirement(inner))}`);
}

function imageLines({ image, located, resolution, digest, instance, namespace }: Report): string[] {
  const lines = [indent(`asked for as ${printable(image)}`)];
  if (resolution !== undefined) lines.push(...resolutionLines(resolution));
  if (located !== undefined && "resolvedPath" in located && located.resolvedPath !== located.path) {
    lines.push(indent(`which is at ${printable(located.resolvedPath)}`));
  }
  if (namespace !== undefined) lines.push(indent(`for namespace ${printable(namespace)}`));
  if (digest === undefined) lines.push(indent("nothing of it was judged"));
  else if (instance === undefined) lines.push(indent(`its manifest is ${digest}`));
  else
    lines.push(
      indent(`its index is ${digest}`),
      indent(`this platform's manifest, which is judged, is ${instance}`),
    );
  return lines;
}

function resolutionLines({ description, candidates }: NameResolution): string[] {
  const names = candidates.map(fullName).join(", ");
  const meaning = candidates.length === 1 ? `which is ${names}` : `which is the first there is of ${names}`;
  return [indent(printable(description)), indent(printable(meaning))];
}

function policyLines(report: Report): string[] {
  const { policy } = report;
  if (policy === undefined) return [indent("none was read")];
  const lines = [indent(`${printable(policy.file)} (${policy.because})`)];
  if (policy.selection === undefined) return lines;
  lines.push(indent(`applies: ${printable(scopeText(report))}`));
  const missed = policy.selection.tried.filter((scope) => scope !== policy.selection?.scope);
  if (missed.length > 0) {
    const names = missed.map((scope) => JSON.stringify(scope)).join(", ");
    lines.push(indent(`looked for first, not in the file: ${printable(names)}`));
  }
  return lines;
}
