import { leafRequirements } from "@countersign/engine/policy/leaf-requirements";
import type { Policy, Requirement } from "@countersign/engine/policy/policy";
import type { SignaturePlace } from "@countersign/sources/signature-places";
import type { PoliciesOverview, PolicyEntry } from "../policy-show/policies-overview.ts";
import type { PolicyForImage } from "../policy-show/policy-for-image.ts";
import { asksForSignature } from "../report.ts";
import type { Paint } from "./paint.ts";
import { plain } from "./policy-show-json.ts";
import { printable } from "./printable.ts";
import { requirementWords } from "./requirement-words.ts";
import { fullName, scopeText } from "./text.ts";

/** For each image: the policy and why that one, the scope and where it is, what it asks for, where signatures may be. */
export function policiesForImagesToText(shown: readonly PolicyForImage[], paint: Paint): string {
  return shown.map((one) => `${imageLines(one, paint).join("\n")}\n`).join("\n");
}

function imageLines(shown: PolicyForImage, paint: Paint): readonly string[] {
  const { image, namespace, policy, line } = shown;
  const missed = policy.selection.tried.filter((scope) => scope !== policy.selection.scope);
  return [
    paint.bold(printable(fullName(image)) + (namespace === undefined ? "" : ` for namespace ${namespace}`)),
    ...entry("policy", [`${policy.file} (${policy.because})`]),
    ...entry("digest", [policy.digest]),
    ...entry("applies", [`${scopeText({ policy })}, line ${line}`]),
    ...entry(
      "not in it",
      missed.length === 0 ? [] : [missed.map((scope) => JSON.stringify(scope)).join(", ")],
    ),
    ...entry(
      "asks for",
      shown.requirements.flatMap((one, at) => requirementLines(shown, one, at)),
    ),
    ...entry("looks in", shown.requirements.some(needsSignature) ? shown.signaturePlaces.map(placeText) : []),
  ];
}

function requirementLines(
  { asWritten }: PolicyForImage,
  requirement: Requirement,
  at: number,
): readonly string[] {
  const written = JSON.stringify(plain(asWritten[at]), undefined, 2).split("\n");
  return [`${at + 1}. ${requirementWords(requirement)}`, ...written.map((line) => `   ${line}`)];
}

function needsSignature(requirement: Requirement): boolean {
  return leafRequirements(requirement).some(asksForSignature);
}

function placeText({ kind, location, searched }: SignaturePlace): string {
  const place = {
    lookaside: `the lookaside ${location}`,
    "registry list": `the registry's own list for ${location}`,
    attachments: `${location}, beside the image`,
    referrers: `the bundles that refer to ${location}`,
    directory: `${location}, beside the manifest`,
  }[kind];
  if (searched) return place;
  return kind === "referrers"
    ? `(not in ${place}: no requirement reads them)`
    : `(not in ${place}: registries.d does not say so)`;
}

/** A name, and lines that belong to it. */
function entry(name: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, at) => `  ${(at === 0 ? name : "").padEnd(10)} ${printable(line)}`);
}

/** A table of the policies there are. */
export function overviewToText({ policies, neverRead }: PoliciesOverview, paint: Paint): string {
  const head = ["NAMESPACE", "POLICY", "SCOPES", "DIGEST", "BY DEFAULT"];
  const rows = [head, ...policies.map(overviewRow)].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  "),
  );
  const painted = lines.map((line, at) => {
    if (at === 0) return paint.dim(line);
    return policies[at - 1]?.fault === undefined ? line : paint.bad(line);
  });
  const unread = neverRead.map((name) => `never read, as no namespace is called so: ${printable(name)}`);
  return `${[...painted, ...unread].join("\n")}\n`;
}

function overviewRow({ namespace, file, policy, fault }: PolicyEntry): string[] {
  const name = namespace ?? "(any other)";
  if (policy === undefined) return [name, file ?? "none", "", "", fault?.message ?? ""];
  return [
    name,
    file ?? "",
    String(scopeCount(policy)),
    policy.digest.slice(0, "sha256:".length + 12),
    policy.default.map(requirementWords).join("; and "),
  ];
}

function scopeCount({ transports, images }: Policy): number {
  return [...transports.values()].reduce((count, scopes) => count + scopes.size, images.length);
}
