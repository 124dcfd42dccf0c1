import { isAscii } from "node:buffer";
import { quote } from "../values/go-format.ts";
import { type CertificateUri, parseCertificateUri } from "./certificate-uri.ts";
import { contextTag, DerReader, derTag } from "./der.ts";
import { isDomainName } from "./domain-name.ts";
import { reasonOf, refuse } from "./invalid.ts";

/** The names of a subjectAltName extension, by type; other types are ignored. */
export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly emails: readonly string[];
  /** 4 or 16 bytes each */
  readonly ips: readonly Uint8Array[];
  readonly uris: readonly CertificateUri[];
}

export const noAlternativeNames: AlternativeNames = { dns: [], emails: [], ips: [], uris: [] };

export const generalName = {
  email: contextTag(1),
  dns: contextTag(2),
  uri: contextTag(6),
  ip: contextTag(7),
} as const;

/**
 * Reads the names as Go's x509 parseSANExtension. A name keeps every byte, NUL included, and is compared whole.
 * @throws CountersignError SIGNATURE_INVALID with Go's words
 */
export function readAlternativeNames(extension: Uint8Array): AlternativeNames {
  const names = {
    dns: [] as string[],
    emails: [] as string[],
    ips: [] as Uint8Array[],
    uris: [] as CertificateUri[],
  };
  const sequence =
    new DerReader(extension).enter(derTag.sequence) ?? refuse("x509: invalid subject alternative names");
  while (!sequence.done) {
    const { tag, content } = sequence.next() ?? refuse("x509: invalid subject alternative name");
    switch (tag) {
      case generalName.email:
        names.emails.push(asciiText(content) ?? refuse("x509: SAN rfc822Name is malformed"));
        break;
      case generalName.dns:
        names.dns.push(asciiText(content) ?? refuse("x509: SAN dNSName is malformed"));
        break;
      case generalName.uri:
        names.uris.push(
          readUri(asciiText(content) ?? refuse("x509: SAN uniformResourceIdentifier is malformed")),
        );
        break;
      case generalName.ip:
        names.ips.push(readIp(content));
        break;
      default:
    }
  }
  return names;
}

/** Undefined if a byte is not ASCII. */
export function asciiText(bytes: Uint8Array): string | undefined {
  return isAscii(bytes) ? Buffer.from(bytes).toString("latin1") : undefined;
}

function readUri(text: string): CertificateUri {
  const uri = parseUri(text);
  if (!isDomainName(uri.host)) refuse(`x509: cannot parse URI ${quote(text)}: invalid domain`);
  return uri;
}

function parseUri(text: string): CertificateUri {
  try {
    return parseCertificateUri(text);
  } catch (caught) {
    return refuse(`x509: cannot parse URI ${quote(text)}: ${reasonOf(caught)}`);
  }
}

function readIp(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 4 || bytes.length === 16) return bytes;
  return refuse(`x509: cannot parse IP address of length ${bytes.length}`);
}
