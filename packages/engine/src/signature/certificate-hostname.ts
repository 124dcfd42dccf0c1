import type { Certificate } from "./certificate.ts";
import { formatIpAddress, parseIpAddress, sameIpAddress } from "./ip-address.ts";

/**
 * Whether the certificate is one of `host`, as Go's Certificate.VerifyHostname: an IP address (also in brackets) among
 * the IP names, anything else among the DNS names; the common name does not count.
 * @returns why not, in Go's words
 */
export function hostnameFault(certificate: Certificate, host: string): string | undefined {
  const { names } = certificate.facts;
  const [, inBrackets] = /^\[(.+)\]$/s.exec(host) ?? [];
  const unbracketed = inBrackets ?? host;
  const ip = addressIn(unbracketed);
  if (ip !== undefined) {
    return names.ips.some((name) => sameIpAddress(name, ip)) ? undefined : mismatch(certificate, unbracketed);
  }
  const candidate = lowerCaseAscii(host);
  const isHostname = isValidHostname(candidate, false);
  const matches = names.dns.some((name) =>
    isHostname && isValidHostname(name, true)
      ? matchesPattern(name, candidate)
      : matchesExactly(name, candidate),
  );
  return matches ? undefined : mismatch(certificate, host);
}

/** As Go's net.ParseIP, which knows no zones. */
function addressIn(host: string): Uint8Array | undefined {
  return host.includes("%") ? undefined : parseIpAddress(host);
}

function mismatch(certificate: Certificate, host: string): string {
  const { names } = certificate.facts;
  const hasNames = certificate.extensions.some(({ oid }) => oid === "2.5.29.17");
  if (!hasNames && matchesPattern(certificate.subjectName.commonName, lowerCaseAscii(host))) {
    return "x509: certificate relies on legacy Common Name field, use SANs instead";
  }
  return addressIn(host) !== undefined ? ipMismatch(names.ips, host) : nameMismatch(names.dns, host);
}

/** Go counts names from here on instead of listing them. */
const maxListed = 100;

function ipMismatch(ips: readonly Uint8Array[], host: string): string {
  if (ips.length === 0) {
    return `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  }
  if (ips.length >= maxListed) {
    return `x509: certificate is valid for ${ips.length} IP SANs, but none matched ${host}`;
  }
  return `x509: certificate is valid for ${ips.map(formatIpAddress).join(", ")}, not ${host}`;
}

function nameMismatch(dns: readonly string[], host: string): string {
  if (dns.length >= maxListed)
    return `x509: certificate is valid for ${dns.length} names, but none matched ${host}`;
  const valid = dns.join(", ");
  if (valid === "") return `x509: certificate is not valid for any names, but wanted to match ${host}`;
  return `x509: certificate is valid for ${valid}, not ${host}`;
}

/** RFC 6125 §2.2, with underscores; a pattern may be `*` in its whole first label, and has no final dot. */
function isValidHostname(host: string, isPattern: boolean): boolean {
  const name = !isPattern && host.endsWith(".") ? host.slice(0, -1) : host;
  const labels = name.split(".");
  if (name === "*") return false;
  if (isPattern && labels[0] === "*") labels.shift();
  return labels.every((label) => /^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(label));
}

function matchesPattern(pattern: string, host: string): boolean {
  if (pattern === "") return false;
  const labels = lowerCaseAscii(pattern).split(".");
  const hostLabels = (host.endsWith(".") ? host.slice(0, -1) : host).split(".");
  if (labels.length !== hostLabels.length) return false;
  return labels.every((label, at) => (at === 0 && label === "*") || label === hostLabels[at]);
}

function matchesExactly(name: string, host: string): boolean {
  const unusable = ["", "."];
  return !unusable.includes(name) && !unusable.includes(host) && lowerCaseAscii(name) === host;
}

/** Other letters are left alone: `toLowerCase` would turn the Kelvin sign into a k. */
function lowerCaseAscii(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
