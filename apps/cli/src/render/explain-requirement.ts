import type {
  AttestationResult,
  AuthorityResult,
  Outcome,
  RequirementResult,
  SignatureResult,
} from "@countersign/engine/verify/verdict";
import type { SignaturePlace } from "@countersign/sources/signature-places";
import { failuresOf, isUnsigned } from "../failures.ts";
import { attachmentPlaces } from "./attachment-places.ts";
import { authorityWords } from "./authority-words.ts";
import { describeRequirement } from "./describe-requirement.ts";
import { gpgFault } from "./gpg-words.ts";
import { indent } from "./indent.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/** What the lines about a requirement are told with. */
export interface Telling {
  readonly paint: Paint;
  readonly missedIn: readonly SignaturePlace[];
  readonly unreadBundles: readonly string[];
}

/** A requirement and all that was looked at for it, each step further in. */
export function requirementLines(
  result: RequirementResult,
  heading: string,
  telling: Telling,
  depth = 1,
): readonly string[] {
  const { requirement, outcome, reason, signatures, authorities, alternatives } = result;
  const [inner, warns] = requirement.type === "warn" ? [requirement.requirement, true] : [requirement, false];
  const lines = [
    indent(
      `${heading} ${printable(describeRequirement(inner))}: ${mark(outcome, telling.paint, warns)}`,
      depth,
    ),
  ];
  // what is told of its parts is not told twice
  if (reason !== "" && authorities.length + alternatives.length === 0)
    lines.push(indent(printable(reason), depth + 1));
  lines.push(...signatures.flatMap((one) => signatureLines(one, telling, depth + 1)));
  for (const authority of authorities) lines.push(...authorityLines(authority, telling, depth + 1));
  for (const [at, all] of alternatives.entries()) {
    lines.push(indent(`alternative ${at + 1}`, depth + 1));
    for (const [index, one] of all.entries())
      lines.push(...requirementLines(one, `${index + 1}.`, telling, depth + 2));
  }
  const missed = failuresOf([{ ...result, requirement: inner }]).find(isUnsigned);
  if (missed !== undefined && missed.authority === undefined && alternatives.length === 0) {
    const read = telling.missedIn.filter(({ kind }) => inner.type !== "signedBy" || !isSigstores(kind));
    lines.push(...read.map((place) => indent(printable(missedText(place)), depth + 1)));
  }
  if (outcome === "failed" && inner.type === "sigstoreSigned") {
    const unread = telling.unreadBundles.map(
      (location) => `there is a bundle, ${location}, which it does not read`,
    );
    lines.push(...unread.map((line) => indent(printable(line), depth + 1)));
  }
  return lines;
}

function mark(outcome: Outcome, paint: Paint, warns = false): string {
  switch (outcome) {
    case "satisfied":
      return paint.good("holds");
    case "failed":
      return warns ? paint.bad("fails, and only warns") : paint.bad("fails");
    case "undecided":
      return warns ? paint.bad("could not be judged, and only warns") : paint.bad("could not be judged");
    case "not judged":
      return paint.dim("not judged, as what came before it decides");
  }
}

function authorityLines(result: AuthorityResult, telling: Telling, depth: number): readonly string[] {
  const { authority, outcome, reason, signatures, attestations } = result;
  const lines = [
    indent(
      `${printable(`${authority.name}: ${authorityWords(authority)}`)}: ${mark(outcome, telling.paint)}`,
      depth,
    ),
  ];
  if (reason !== "" && attestations.length === 0) lines.push(indent(printable(reason), depth + 1));
  lines.push(...signatures.flatMap((one) => signatureLines(one, telling, depth + 1)));
  for (const attestation of attestations) lines.push(...attestationLines(attestation, telling, depth + 1));
  const looked = attestations.find((one) => one.outcome === "failed") ?? result;
  if (outcome === "failed" && looked.signatures.length === 0 && authority.type !== "static") {
    lines.push(
      ...attachmentPlaces(authority).map((place) =>
        indent(printable(`looked for ${place}: there is none`), depth + 1),
      ),
    );
  }
  return lines;
}

function attestationLines(
  { demand, outcome, reason, signatures }: AttestationResult,
  telling: Telling,
  depth: number,
): readonly string[] {
  const lines = [
    indent(
      `${printable(`attestation ${demand.name} (${demand.predicateType})`)}: ${mark(outcome, telling.paint)}`,
      depth,
    ),
  ];
  if (reason !== "") lines.push(indent(printable(reason), depth + 1));
  return [...lines, ...signatures.flatMap((one) => signatureLines(one, telling, depth + 1))];
}

function signatureLines(signature: SignatureResult, { paint }: Telling, depth: number): readonly string[] {
  const { location, outcome, reason, signer, certificate, claims } = signature;
  const mark = {
    accepted: paint.good("accepted"),
    rejected: paint.bad("rejected"),
    "not relevant": paint.dim("not relevant"),
  };
  const why = reason === "" ? "" : `: ${printable(reason)}`;
  const lines = [indent(`- ${printable(location)}`, depth), indent(`${mark[outcome]}${why}`, depth + 1)];
  const tell = (text: string) => lines.push(indent(printable(text), depth + 1));
  const fault = gpgFault(reason);
  if (fault !== undefined) tell(`that is: ${fault.meaning}`);
  if (signer !== undefined) tell(`signed by the OpenPGP key ${signer}`);
  if (certificate !== undefined) {
    const names = certificate.names.map(({ type, value }) => `${type} ${JSON.stringify(value)}`);
    tell(
      `signed with a certificate for ${names.join(", ") || "nobody"}, issued for ${certificate.issuer ?? "no issuer"}`,
    );
  }
  if (claims !== undefined) {
    const name = claims.identity === undefined ? "under no name" : `as ${JSON.stringify(claims.identity)}`;
    tell(`it says it signs ${claims.digest} ${name}`);
  }
  return lines;
}

/** Of such places GPG signatures are none of. */
function isSigstores(kind: SignaturePlace["kind"]): boolean {
  return kind === "attachments" || kind === "referrers";
}

function missedText({ kind, location, searched }: SignaturePlace): string {
  if (kind === "referrers")
    return `not looked for among the bundles that refer to ${location}: it reads none`;
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
