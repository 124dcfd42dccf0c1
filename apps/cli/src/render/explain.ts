import type { Requirement, SigstoreTrust, TrustSource } from "@countersign/engine/policy/policy";
import type { RequirementResult, SignatureResult } from "@countersign/engine/verify/verdict";
import type { SignaturePlace } from "@countersign/sources/signature-places";
import type { NameResolution } from "../name-resolution.ts";
import { isUnsigned, type Report } from "../report.ts";
import { gpgFault } from "./gpg-words.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { remedyFor } from "./remedy.ts";
import { field, fullName, headline, scopeText } from "./text.ts";

/** What someone reads at night when a pod does not start: each step of the decision, in the order it was taken. */
export function explainReport(report: Report, paint: Paint): string {
  const lines = [headline(report, paint)];
  if (report.outcome.decision !== "allowed") {
    lines.push(field("why", report.outcome.message), field("code", report.outcome.code));
  }
  const remedy = remedyFor(report);
  if (remedy !== undefined) lines.push(field("next", remedy));
  lines.push("", paint.bold("Image"), ...imageLines(report));
  lines.push("", paint.bold("Policy"), ...policyLines(report));
  if (report.requirements.length > 0) {
    lines.push("", paint.bold("Requirements, all of which must hold, in this order"));
    for (const [index, result] of report.requirements.entries())
      lines.push(...requirementLines(result, index, report.missedIn, paint));
  }
  return `${lines.join("\n")}\n`;
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

function missedText({ kind, location, searched }: SignaturePlace): string {
  const where = {
    lookaside: `in the lookaside ${location}`,
    "registry list": `in the registry's own list for ${location}`,
    attachments: `beside the image, as ${location}`,
    directory: `beside the manifest in ${location}`,
  }[kind];
  return searched
    ? `looked for ${where}: there is none`
    : `not looked for ${where}: registries.d does not say so`;
}

function requirementLines(
  result: RequirementResult,
  index: number,
  missedIn: readonly SignaturePlace[],
  paint: Paint,
): string[] {
  const { requirement, outcome, reason, signatures } = result;
  const mark = {
    satisfied: paint.good("holds"),
    failed: paint.bad("fails"),
    undecided: paint.bad("could not be judged"),
    "not judged": paint.dim("not judged"),
  };
  const lines = [indent(`${index + 1}. ${printable(describeRequirement(requirement))}: ${mark[outcome]}`)];
  if (reason !== "") lines.push(indent(printable(reason), 2));
  for (const signature of signatures) lines.push(...signatureLines(signature, paint));
  if (isUnsigned(result)) {
    const read = missedIn.filter(({ kind }) => requirement.type !== "signedBy" || kind !== "attachments");
    lines.push(...read.map((place) => indent(printable(missedText(place)), 2)));
  }
  return lines;
}

function signatureLines(signature: SignatureResult, paint: Paint): string[] {
  const { location, outcome, reason, signer, claims } = signature;
  const mark = {
    accepted: paint.good("accepted"),
    rejected: paint.bad("rejected"),
    "not relevant": paint.dim("not relevant"),
  };
  const why = reason === "" ? "" : `: ${printable(reason)}`;
  const lines = [indent(`- ${printable(location)}`, 2), indent(`${mark[outcome]}${why}`, 3)];
  const fault = gpgFault(reason);
  if (fault !== undefined) lines.push(indent(`that is: ${printable(fault.meaning)}`, 3));
  if (signer !== undefined) lines.push(indent(`signed by the OpenPGP key ${signer}`, 3));
  if (claims !== undefined) {
    lines.push(
      indent(printable(`it says it signs ${claims.digest} as ${JSON.stringify(claims.identity)}`), 3),
    );
  }
  return lines;
}

/** A requirement in one line: what it asks for and whom it trusts. */
export function describeRequirement(requirement: Requirement): string {
  switch (requirement.type) {
    case "insecureAcceptAnything":
      return "insecureAcceptAnything: no signature is asked for";
    case "reject":
      return "reject: nothing in this scope may run";
    case "signedBaseLayer":
      return "signedBaseLayer: cannot be satisfied";
    case "signedBy":
      return `signedBy: OpenPGP key from ${describeSource(requirement.keys)}, identity ${requirement.identity.type}`;
    case "sigstoreSigned":
      return `sigstoreSigned: ${describeTrust(requirement.trust)}, identity ${requirement.identity.type}`;
    case "sigstore": {
      const authorities = requirement.authorities.map(({ name, type }) => `${name} (${type})`);
      return `sigstore: one of ${authorities.join(", ")}, identity ${requirement.identity.type}`;
    }
    case "anyOf": {
      const alternatives = requirement.alternatives.map((all) => all.map(describeRequirement).join(" and "));
      return `anyOf: ${alternatives.join("; or ")}`;
    }
    case "warn":
      return `warn only: ${describeRequirement(requirement.requirement)}`;
  }
}

function describeTrust(trust: SigstoreTrust): string {
  switch (trust.type) {
    case "keys":
      return `key from ${describeSource(trust.keys)}${trust.rekor === undefined ? "" : `, logged in Rekor (${describeSource(trust.rekor)})`}`;
    case "fulcio": {
      const { ca, oidcIssuer, subjectEmail } = trust.fulcio;
      return `${subjectEmail} by ${oidcIssuer}, Fulcio CA from ${describeSource(ca)}, Rekor from ${describeSource(trust.rekor)}`;
    }
    case "pki": {
      const subjects = [trust.pki.subjectEmail, trust.pki.subjectHostname].filter(
        (name) => name !== undefined,
      );
      return `${subjects.join(" and ")}, certified by ${describeSource(trust.pki.roots)}`;
    }
  }
}

function describeSource(source: TrustSource): string {
  return source.type === "files" ? source.paths.join(", ") : "the policy file itself";
}

function indent(text: string, depth = 1): string {
  return `${"  ".repeat(depth)}${text}`;
}
