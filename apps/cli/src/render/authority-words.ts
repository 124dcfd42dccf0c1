import type {
  AttestationDemand,
  Authority,
  KeyAuthority,
  KeylessAuthority,
  SignatureRepository,
  SignerIdentity,
  TextMatch,
  TimestampDemand,
  TransparencyDemand,
} from "@countersign/engine/policy/sigstore-requirement";
import { formatReference } from "@countersign/engine/values/image-reference";
import { caWords, keyWords, rootWords } from "./trust-words.ts";

/** What an authority vouches by, in words. */
export function authorityWords(authority: Authority): string {
  if (authority.type !== "static") return verifyingWords(authority);
  if (authority.action === "pass") return "anything, signed or not";
  return authority.message === "" ? "nothing" : `nothing (${authority.message})`;
}

function verifyingWords(authority: KeyAuthority | KeylessAuthority): string {
  const { attestations, transparency, timestamp, sources } = authority;
  const what =
    attestations.length === 0 ? "a sigstore signature" : attestations.map(attestationWords).join(" and ");
  return [
    `${what} ${authority.type === "key" ? `by ${keyWords(authority.keys)}` : keylessWords(authority)}`,
    ...logWords(transparency, authority),
    ...stampWords(timestamp),
    ...(sources.length === 0 ? [] : [`kept in ${sources.map(placeWords).join(" or ")}`]),
  ].join(", ");
}

function attestationWords({ predicateType, policy }: AttestationDemand): string {
  const about = `an attestation of type ${predicateType}`;
  return policy === undefined ? about : `${about} for which ${policy.expression.source} is true`;
}

function keylessWords({ identities, trust }: KeylessAuthority): string {
  const signers = identities.map(signerWords).join(", or ");
  const certified = trust.type === "fulcio" ? `by ${caWords(trust.ca)}` : `under ${rootWords(trust.root)}`;
  return `by ${signers}, certified ${certified}`;
}

function signerWords({ issuer, subject }: SignerIdentity): string {
  return `${matchWords(subject)}, vouched for by ${matchWords(issuer)}`;
}

function matchWords(match: TextMatch): string {
  if (match.type === "exact") return match.text;
  const { source, anchored } = match.pattern;
  return anchored ? `whatever is like /${source}/` : `whatever has something like /${source}/ in it`;
}

function logWords(demand: TransparencyDemand, authority: KeyAuthority | KeylessAuthority): readonly string[] {
  if (demand.type === "none") return [];
  const trust = authority.type === "keyless" ? authority.trust : undefined;
  const logs =
    demand.logs ??
    (trust?.type === "fulcio" && trust.rekor ? { type: "rekor" as const, keys: trust.rekor } : undefined);
  const count = demand.threshold === 1 ? "a log" : `${demand.threshold} logs`;
  if (logs?.type === "rekor")
    return [`entered in ${demand.threshold === 1 ? "the log" : count} of ${keyWords(logs.keys)}`];
  return [`entered in ${count} of ${logs === undefined ? "that root" : rootWords(logs.root)}`];
}

function stampWords(demand: TimestampDemand): readonly string[] {
  if (demand.type === "none") return [];
  const count =
    demand.threshold === 1 ? "a timestamp authority" : `${demand.threshold} timestamp authorities`;
  return [`seen by ${count} of ${demand.root === undefined ? "that root" : rootWords(demand.root)}`];
}

function placeWords({ repository, tagPrefix }: SignatureRepository): string {
  const where = repository === undefined ? "the image's own repository" : formatReference(repository);
  return tagPrefix === "" ? where : `${where} under tags that begin with ${tagPrefix}`;
}
