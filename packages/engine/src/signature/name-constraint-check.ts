import { quote } from "../values/go-format.ts";
import type { Certificate } from "./certificate.ts";
import type { CertificateUri } from "./certificate-uri.ts";
import { isDomainName, type Mailbox, parseMailbox } from "./domain-name.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";
import type { IpRange, NameConstraints } from "./name-constraints.ts";

/**
 * Whether every name in the chain is one that all CAs above it may certify (RFC 5280 §6.1.3 b, c), as Go's x509
 * checkChainConstraints.
 * @param chain leaf first, anchor last
 * @returns why not, in Go's words
 */
export function nameConstraintFault(chain: readonly Certificate[]): string | undefined {
  for (const [at, certificate] of chain.entries()) {
    const above = chain.slice(at + 1).flatMap(({ facts }) => facts.nameConstraints ?? []);
    if (above.length === 0) return undefined;
    if (!certificate.extensions.some(({ oid }) => oid === "2.5.29.17")) continue;
    const fault = certificateFault(certificate, above);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function certificateFault({ facts }: Certificate, above: readonly NameConstraints[]): string | undefined {
  const { dns, emails, ips, uris } = facts.names;
  const hosts: { readonly uri: CertificateUri; readonly host: string }[] = [];
  for (const uri of uris) {
    const host = constrainedHost(uri);
    if (host.fault !== undefined) return host.fault;
    hosts.push({ uri, host: host.name });
  }
  const mailboxes: Mailbox[] = [];
  for (const email of emails) {
    const mailbox = parseMailbox(email);
    if (mailbox === undefined) return `cannot parse rfc822Name ${quote(email)}`;
    mailboxes.push({ local: mailbox.local, domain: mailbox.domain.toLowerCase() });
  }
  for (const constraints of above) {
    const fault =
      first(ips, (ip) => ipFault(ip, constraints)) ??
      first(dns, (name) => dnsFault(name, constraints)) ??
      first(hosts, ({ uri, host }) => uriFault(uri, host, constraints)) ??
      first(mailboxes, (mailbox) => emailFault(mailbox, constraints));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** RFC 5280 §4.2.1.10: a URI without a host name cannot satisfy any constraint. */
function constrainedHost({ text, host }: CertificateUri): { readonly name: string; readonly fault?: string } {
  if (host === "")
    return { name: "", fault: `URI with empty host (${quote(text)}) cannot be matched against constraints` };
  const withoutPort = host.endsWith("]") ? host : host.replace(/:[^:]*$/, "");
  if (!withoutPort.endsWith("]") && withoutPort.includes(":")) {
    const fault = `cannot parse URI host ${quote(host)}: address ${host}: too many colons in address`;
    return { name: "", fault };
  }
  if (withoutPort.endsWith("]") || parseIpAddress(withoutPort) !== undefined) {
    return { name: "", fault: `URI with IP (${quote(text)}) cannot be matched against constraints` };
  }
  return { name: withoutPort.toLowerCase() };
}

function ipFault(ip: Uint8Array, { permitted, excluded }: NameConstraints): string | undefined {
  const matching = (ranges: readonly IpRange[]) => ranges.find((range) => isInRange(ip, range));
  const excludedBy = matching(excluded.ips);
  return constraintFault(
    "IP address",
    formatIpAddress(ip),
    permitted.ips.length === 0 || matching(permitted.ips) !== undefined,
    excludedBy && formatRange(excludedBy),
  );
}

function dnsFault(name: string, { permitted, excluded }: NameConstraints): string | undefined {
  if (!isDomainName(name)) return `x509: cannot parse dnsName ${quote(name)}`;
  return constraintFault(
    "DNS name",
    name,
    permitted.dns.length === 0 || matchingDomain(name, permitted.dns) !== undefined,
    matchingDomain(name, excluded.dns) ?? wildcardReaches(name, excluded.dns),
  );
}

function uriFault(
  uri: CertificateUri,
  host: string,
  { permitted, excluded }: NameConstraints,
): string | undefined {
  if (!isDomainName(host)) return `x509: internal error: URI SAN ${quote(uri.text)} failed to parse`;
  return constraintFault(
    "URI",
    uri.text,
    permitted.uris.length === 0 || matchingDomain(host, permitted.uris) !== undefined,
    matchingDomain(host, excluded.uris) ?? wildcardReaches(host, excluded.uris),
  );
}

function emailFault(mailbox: Mailbox, { permitted, excluded }: NameConstraints): string | undefined {
  return constraintFault(
    "email address",
    `${mailbox.local}@${mailbox.domain}`,
    permitted.emails.length === 0 || matchingMailbox(mailbox, permitted.emails) !== undefined,
    matchingMailbox(mailbox, excluded.emails),
  );
}

function constraintFault(
  type: string,
  name: string,
  isPermitted: boolean,
  excludedBy: string | undefined,
): string | undefined {
  if (!isPermitted) return `${type} ${quote(name)} is not permitted by any constraint`;
  if (excludedBy === undefined) return undefined;
  return `${type} ${quote(name)} is excluded by constraint ${quote(excludedBy)}`;
}

function isInRange(ip: Uint8Array, { address, mask }: IpRange): boolean {
  if (ip.length !== address.length) return false;
  return ip.every((octet, at) => ((octet ^ (address[at] ?? 0)) & (mask[at] ?? 0)) === 0);
}

function formatRange({ address, mask }: IpRange): string {
  const bits = [...mask].reduce((sum, octet) => sum + octet.toString(2).replaceAll("0", "").length, 0);
  return `${formatIpAddress(address.map((octet, at) => octet & (mask[at] ?? 0)))}/${bits}`;
}

/** The broadest constraint that covers the name. An empty one covers everything. */
function matchingDomain(name: string, constraints: readonly string[]): string | undefined {
  const matching = constraints.filter((constraint) => coversDomain(constraint, name));
  return matching.sort((a, b) => a.length - b.length)[0];
}

/** `example.com` covers itself and what is below; `.example.com` only what is below. */
function coversDomain(constraint: string, name: string): boolean {
  if (constraint === "") return true;
  const suffix = constraint.toLowerCase();
  const domain = name.toLowerCase();
  if (!domain.endsWith(suffix)) return false;
  return domain.length === suffix.length || suffix.startsWith(".") || domain.at(-suffix.length - 1) === ".";
}

/** A wildcard name must not stand beside an excluded host that it would match. */
function wildcardReaches(name: string, excluded: readonly string[]): string | undefined {
  if (!name.startsWith("*")) return undefined;
  const parent = afterFirstLabel(name.toLowerCase());
  if (parent === "") return undefined;
  return excluded
    .map((constraint) => constraint.toLowerCase())
    .findLast((constraint) => afterFirstLabel(constraint) === parent);
}

function afterFirstLabel(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 ? "" : name.slice(dot);
}

function matchingMailbox({ local, domain }: Mailbox, constraints: readonly string[]): string | undefined {
  const whole = constraints
    .filter((constraint) => constraint.includes("@"))
    .map(parseMailbox)
    .some((mailbox) => mailbox?.local === local && mailbox.domain.toLowerCase() === domain);
  if (whole) return `${local}@${domain}`;
  return matchingDomain(
    domain,
    constraints.filter((constraint) => !constraint.includes("@")),
  );
}

function first<T>(names: readonly T[], faultOf: (name: T) => string | undefined): string | undefined {
  for (const name of names) {
    const fault = faultOf(name);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
