import { quote } from "../values/go-format.ts";
import { asciiText, generalName } from "./alternative-names.ts";
import { constructedTag, DerReader, derTag } from "./der.ts";
import { isDomainName, parseMailbox } from "./domain-name.ts";
import { refuse } from "./invalid.ts";
import { parseIpAddress } from "./ip-address.ts";
import { quoteBytes } from "./quote-bytes.ts";

/** A nameConstraints extension (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  readonly permitted: NameSubtrees;
  readonly excluded: NameSubtrees;
  /** whether some subtree is of a type that Go does not judge, which matters if the extension is critical */
  readonly hasUnhandled: boolean;
}

export interface NameSubtrees {
  readonly dns: readonly string[];
  readonly ips: readonly IpRange[];
  /** domains, or whole addresses when there is an `@` in it */
  readonly emails: readonly string[];
  /** host names */
  readonly uris: readonly string[];
}

export interface IpRange {
  readonly address: Uint8Array;
  readonly mask: Uint8Array;
}

/** @throws CountersignError SIGNATURE_INVALID with the words of Go's x509 parseNameConstraintsExtension */
export function readNameConstraints(extension: Uint8Array): NameConstraints {
  const outer = new DerReader(extension);
  const sequence = outer.enter(derTag.sequence) ?? invalid();
  if (!outer.done) invalid();
  const permitted = readOptional(sequence, constructedTag(0));
  const excluded = readOptional(sequence, constructedTag(1));
  if (!sequence.done) invalid();
  if (permitted.length === 0 && excluded.length === 0) refuse("x509: empty name constraints extension");
  const judged = { unhandled: false };
  return {
    permitted: readSubtrees(permitted, judged),
    excluded: readSubtrees(excluded, judged),
    hasUnhandled: judged.unhandled,
  };
}

function readOptional(sequence: DerReader, tag: number): Uint8Array {
  if (!sequence.peek(tag)) return new Uint8Array();
  return sequence.content(tag) ?? invalid();
}

function readSubtrees(content: Uint8Array, judged: { unhandled: boolean }): NameSubtrees {
  const subtrees = {
    dns: [] as string[],
    ips: [] as IpRange[],
    emails: [] as string[],
    uris: [] as string[],
  };
  const reader = new DerReader(content);
  while (!reader.done) {
    const { tag, content: value } = reader.enter(derTag.sequence)?.next() ?? invalid();
    switch (tag) {
      case generalName.dns:
        subtrees.dns.push(readDns(value));
        break;
      case generalName.ip:
        subtrees.ips.push(readIpRange(value));
        break;
      case generalName.email:
        subtrees.emails.push(readEmail(value));
        break;
      case generalName.uri:
        subtrees.uris.push(readUriHost(value));
        break;
      default:
        judged.unhandled = true;
    }
  }
  return subtrees;
}

function readDns(value: Uint8Array): string {
  const domain = readAscii(value);
  if (!isDomainName(domain, true)) refuse(`x509: failed to parse dnsName constraint ${quote(domain)}`);
  return domain;
}

function readEmail(value: Uint8Array): string {
  const constraint = readAscii(value);
  const isValid = constraint.includes("@")
    ? parseMailbox(constraint) !== undefined
    : isDomainName(constraint, true);
  if (!isValid) refuse(`x509: failed to parse rfc822Name constraint ${quote(constraint)}`);
  return constraint;
}

function readUriHost(value: Uint8Array): string {
  const domain = readAscii(value);
  if (!domain.includes("%") && parseIpAddress(domain) !== undefined) {
    refuse(`x509: failed to parse URI constraint ${quote(domain)}: cannot be IP address`);
  }
  if (!isDomainName(domain, true)) refuse(`x509: failed to parse URI constraint ${quote(domain)}`);
  return domain;
}

function readIpRange(value: Uint8Array): IpRange {
  if (value.length !== 8 && value.length !== 32) {
    refuse(`x509: IP constraint contained value of length ${value.length}`);
  }
  const address = value.subarray(0, value.length / 2);
  const mask = value.subarray(value.length / 2);
  const bits = [...mask].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  if (!/^1*0*$/.test(bits)) {
    refuse(`x509: IP constraint contained invalid mask ${Buffer.from(mask).toString("hex")}`);
  }
  return { address, mask };
}

function readAscii(value: Uint8Array): string {
  const text = asciiText(value);
  return (
    text ??
    refuse(`x509: invalid constraint value: x509: ${quoteBytes(value)} cannot be encoded as an IA5String`)
  );
}

function invalid(): never {
  return refuse("x509: invalid NameConstraints extension");
}
