import { type AlternativeNames, noAlternativeNames, readAlternativeNames } from "./alternative-names.ts";
import { constructedTag, contextTag, DerReader, derTag } from "./der.ts";
import { refuse } from "./invalid.ts";
import { type NameConstraints, readNameConstraints } from "./name-constraints.ts";

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** What the extensions of a certificate say, as far as chains and identities depend on it. */
export interface ExtensionFacts {
  readonly names: AlternativeNames;
  /** undefined if there is no such extension */
  readonly basicConstraints: BasicConstraints | undefined;
  /** whether certificates may be signed; true if nothing is said, or an empty usage */
  readonly mayCertSign: boolean;
  /** OIDs; empty if there is no such extension, or an empty one */
  readonly extendedKeyUsages: readonly string[];
  readonly nameConstraints: NameConstraints | undefined;
  readonly subjectKeyId: Uint8Array;
  readonly authorityKeyId: Uint8Array;
  readonly policies: PolicyFacts;
  /** OIDs of critical extensions that Go's x509 does not handle */
  readonly unhandledCritical: readonly string[];
}

export interface BasicConstraints {
  readonly isCa: boolean;
  /** undefined: no limit */
  readonly maxPathLength: number | undefined;
}

/** RFC 5280 §4.2.1.4, 5, 11, 14; OIDs as hex of their content octets, as they may be too large to print. */
export interface PolicyFacts {
  readonly policies: readonly string[];
  readonly mappings: readonly { readonly issuer: string; readonly subject: string }[];
  readonly requireExplicit: number | undefined;
  readonly inhibitMapping: number | undefined;
  readonly inhibitAny: number | undefined;
}

/** An ExtensionFacts that is still being filled in. */
type Draft = { -readonly [K in keyof ExtensionFacts]: ExtensionFacts[K] };

/**
 * Reads all extensions as Go's x509 processExtensions: any malformed one of a known kind refuses the certificate.
 * @throws CountersignError SIGNATURE_INVALID with Go's words
 */
export function readExtensionFacts(extensions: readonly Extension[]): ExtensionFacts {
  const facts: Draft = {
    names: noAlternativeNames,
    basicConstraints: undefined,
    mayCertSign: true,
    extendedKeyUsages: [],
    nameConstraints: undefined,
    subjectKeyId: new Uint8Array(),
    authorityKeyId: new Uint8Array(),
    policies: {
      policies: [],
      mappings: [],
      requireExplicit: undefined,
      inhibitMapping: undefined,
      inhibitAny: undefined,
    },
    unhandledCritical: [],
  };
  const unhandledCritical: string[] = [];
  for (const extension of extensions) {
    const read = readers.get(extension.oid);
    const handled = read?.(facts, extension) ?? false;
    if (extension.critical && !handled) unhandledCritical.push(extension.oid);
  }
  facts.unhandledCritical = unhandledCritical;
  return facts;
}

/** Adds what an extension says; false if it cannot be judged and so must not be critical. */
type ExtensionReader = (facts: Draft, extension: Extension) => boolean;

const readers: ReadonlyMap<string, ExtensionReader> = new Map<string, ExtensionReader>([
  ["2.5.29.14", readSubjectKeyId],
  ["2.5.29.15", readKeyUsage],
  ["2.5.29.17", readNames],
  ["2.5.29.19", readBasicConstraints],
  ["2.5.29.30", readConstraints],
  ["2.5.29.31", checkDistributionPoints],
  ["2.5.29.32", readPolicies],
  ["2.5.29.33", readPolicyMappings],
  ["2.5.29.35", readAuthorityKeyId],
  ["2.5.29.36", readPolicyConstraints],
  ["2.5.29.37", readExtendedKeyUsages],
  ["2.5.29.54", readInhibitAnyPolicy],
  ["1.3.6.1.5.5.7.1.1", checkAuthorityInfoAccess],
]);

function readSubjectKeyId(facts: Draft, { critical, value }: Extension): boolean {
  if (critical) refuse("x509: subject key identifier incorrectly marked critical");
  facts.subjectKeyId =
    new DerReader(value).content(derTag.octetString) ?? refuse("x509: invalid subject key identifier");
  return true;
}

function readAuthorityKeyId(facts: Draft, { critical, value }: Extension): boolean {
  if (critical) refuse("x509: authority key identifier incorrectly marked critical");
  const sequence =
    new DerReader(value).enter(derTag.sequence) ?? refuse("x509: invalid authority key identifier");
  if (!sequence.peek(contextTag(0))) return true;
  facts.authorityKeyId = sequence.content(contextTag(0)) ?? refuse("x509: invalid authority key identifier");
  return true;
}

function readKeyUsage(facts: Draft, { value }: Extension): boolean {
  const bits = new DerReader(value).bitString() ?? refuse("x509: invalid key usage");
  const [first = 0, second = 0] = bits.bytes;
  const anyUsage = first !== 0 || (second & 0x80) !== 0;
  facts.mayCertSign = !anyUsage || (first & 0x04) !== 0;
  return true;
}

/** Go does not count the extension as handled when no name in it is of a type it knows. */
function readNames(facts: Draft, { value }: Extension): boolean {
  facts.names = readAlternativeNames(value);
  const { dns, emails, ips, uris } = facts.names;
  return dns.length + emails.length + ips.length + uris.length > 0;
}

function readBasicConstraints(facts: Draft, { value }: Extension): boolean {
  const invalid = "x509: invalid basic constraints";
  const sequence = new DerReader(value).enter(derTag.sequence) ?? refuse(invalid);
  const isCa = sequence.peek(derTag.boolean) ? (sequence.boolean() ?? refuse(invalid)) : false;
  let maxPathLength: number | undefined;
  if (sequence.peek(derTag.integer)) {
    const length = sequence.int64() ?? refuse(invalid);
    if (length < 0n) refuse(invalid);
    maxPathLength = Number(length);
  }
  facts.basicConstraints = { isCa, maxPathLength };
  return true;
}

function readConstraints(facts: Draft, { value }: Extension): boolean {
  facts.nameConstraints = readNameConstraints(value);
  return !facts.nameConstraints.hasUnhandled;
}

function checkDistributionPoints(_facts: Draft, { value }: Extension): boolean {
  const points =
    new DerReader(value).enter(derTag.sequence) ?? refuse("x509: invalid CRL distribution points");
  const invalid = "x509: invalid CRL distribution point";
  while (!points.done) {
    const point = points.enter(derTag.sequence) ?? refuse(invalid);
    if (!point.peek(constructedTag(0))) continue;
    const name = point.enter(constructedTag(0)) ?? refuse(invalid);
    const fullName = name.enter(constructedTag(0)) ?? refuse(invalid);
    while (fullName.peek(contextTag(6))) fullName.next() ?? refuse(invalid);
  }
  return true;
}

function checkAuthorityInfoAccess(_facts: Draft, { critical, value }: Extension): boolean {
  if (critical) refuse("x509: authority info access incorrectly marked critical");
  const invalid = "x509: invalid authority info access";
  const descriptions = new DerReader(value).enter(derTag.sequence) ?? refuse(invalid);
  while (!descriptions.done) {
    const description = descriptions.enter(derTag.sequence) ?? refuse(invalid);
    description.oid() ?? refuse(invalid);
    if (description.peek(contextTag(6))) description.next() ?? refuse(invalid);
  }
  return true;
}

function readExtendedKeyUsages(facts: Draft, { value }: Extension): boolean {
  const invalid = "x509: invalid extended key usages";
  const sequence = new DerReader(value).enter(derTag.sequence) ?? refuse(invalid);
  const usages: string[] = [];
  while (!sequence.done) usages.push(sequence.oid() ?? refuse(invalid));
  facts.extendedKeyUsages = usages;
  return true;
}

function readPolicies(facts: Draft, { value }: Extension): boolean {
  const invalid = "x509: invalid certificate policies";
  const sequence = new DerReader(value).enter(derTag.sequence) ?? refuse(invalid);
  const policies = new Set<string>();
  while (!sequence.done) {
    const oid = sequence.enter(derTag.sequence)?.content(derTag.oid) ?? refuse(invalid);
    const policy = hex(oid);
    if (policies.has(policy) || !isWellFormedOid(oid)) refuse(invalid);
    policies.add(policy);
  }
  facts.policies = { ...facts.policies, policies: [...policies] };
  return true;
}

function readPolicyMappings(facts: Draft, { value }: Extension): boolean {
  const invalid = "x509: invalid policy mappings extension";
  const sequence = new DerReader(value).enter(derTag.sequence) ?? refuse(invalid);
  const mappings: { issuer: string; subject: string }[] = [];
  while (!sequence.done) {
    const mapping = sequence.enter(derTag.sequence);
    const issuer = mapping?.content(derTag.oid) ?? refuse(invalid);
    const subject = mapping?.content(derTag.oid) ?? refuse(invalid);
    mappings.push({ issuer: hex(issuer), subject: hex(subject) });
  }
  facts.policies = { ...facts.policies, mappings };
  return true;
}

function readPolicyConstraints(facts: Draft, { value }: Extension): boolean {
  const invalid = "x509: invalid policy constraints extension";
  const sequence = new DerReader(value).enter(derTag.sequence) ?? refuse(invalid);
  const [requireExplicit, inhibitMapping] = [0, 1].map((n) =>
    sequence.peek(contextTag(n)) ? Number(sequence.int64(contextTag(n)) ?? refuse(invalid)) : undefined,
  );
  facts.policies = { ...facts.policies, requireExplicit, inhibitMapping };
  return true;
}

function readInhibitAnyPolicy(facts: Draft, { value }: Extension): boolean {
  const inhibitAny = new DerReader(value).int64() ?? refuse("x509: invalid inhibit any policy extension");
  facts.policies = { ...facts.policies, inhibitAny: Number(inhibitAny) };
  return true;
}

/** Arcs of any size, each in as few octets as possible. */
function isWellFormedOid(content: Uint8Array): boolean {
  const last = content.at(-1);
  if (last === undefined || last >= 0x80) return false;
  return content.every((octet, at) => octet !== 0x80 || (at > 0 && (content[at - 1] ?? 0) >= 0x80));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
