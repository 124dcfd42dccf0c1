import type { Certificate } from "../certificate.ts";
import { constructedTag, DerReader, derTag } from "../der.ts";
import { encodeDer } from "../der-write.ts";
import { refuse } from "../invalid.ts";

/** A certificate log's promise to show a certificate (an SCT). */
export interface SignedCertificateTimestamp {
  readonly logId: Uint8Array;
  /** milliseconds since 1970 */
  readonly timestamp: bigint;
  readonly extensions: Uint8Array;
  /** of TLS: SHA-256 is 4; RSA is 1, ECDSA 3 */
  readonly algorithms: { readonly hash: number; readonly signature: number };
  readonly signature: Uint8Array;
}

const sctList = "1.3.6.1.4.1.11129.2.4.2";

/**
 * The SCTs in a certificate.
 * Source: RFC 6962 §3.3; what is not of version 1 is passed over.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function readScts({ extensions }: Certificate): readonly SignedCertificateTimestamp[] {
  const value = extensions.find(({ oid }) => oid === sctList)?.value;
  if (value === undefined) return [];
  const outer = new DerReader(value);
  const octets = outer.content(derTag.octetString);
  if (octets === undefined || !outer.done) return refuse("malformed list of SCTs");
  const list = new TlsReader(octets);
  const scts = new TlsReader(list.vector(2));
  list.end();
  const read: SignedCertificateTimestamp[] = [];
  while (!scts.done) {
    if (read.length === most) refuse(`more than ${most} SCTs`);
    const sct = readSct(new TlsReader(scts.vector(2)));
    if (sct !== undefined) read.push(sct);
  }
  return read;
}

const most = 16;

function readSct(tls: TlsReader): SignedCertificateTimestamp | undefined {
  if (tls.number(1) !== 0) return undefined;
  const logId = tls.bytes(32);
  const timestamp = tls.number64();
  const extensions = tls.vector(2);
  const algorithms = { hash: tls.number(1), signature: tls.number(1) };
  const signature = tls.vector(2);
  tls.end();
  return { logId, timestamp, extensions, algorithms, signature };
}

/**
 * What a log signed: the certificate as it was before it held promises, and whose key was to issue it.
 * Source: RFC 6962 §3.2.
 * @param issuerKeyHash SHA-256 of the issuer's SubjectPublicKeyInfo
 */
export function promisedBytes(
  { timestamp, extensions }: SignedCertificateTimestamp,
  certificate: Certificate,
  issuerKeyHash: Uint8Array,
): Uint8Array {
  const tbs = withoutScts(certificate);
  const precertEntry = 1;
  return Buffer.concat([
    Buffer.of(0, 0), // version 1, certificate_timestamp
    number(timestamp, 8),
    number(BigInt(precertEntry), 2),
    issuerKeyHash,
    number(BigInt(tbs.length), 3),
    tbs,
    number(BigInt(extensions.length), 2),
    extensions,
  ]);
}

/** The TBSCertificate without the extension that the logs could not know. */
function withoutScts({ tbs }: Certificate): Uint8Array {
  const fields = new DerReader(tbs).enter(derTag.sequence);
  const parts: Uint8Array[] = [];
  for (let field = fields?.next(); field !== undefined; field = fields?.next()) {
    const isExtensions = field.tag === constructedTag(3);
    parts.push(isExtensions ? extensionsWithoutScts(field.content) : field.raw);
  }
  return encodeDer(derTag.sequence, ...parts);
}

function extensionsWithoutScts(explicit: Uint8Array): Uint8Array {
  const list = new DerReader(explicit).enter(derTag.sequence);
  const kept: Uint8Array[] = [];
  for (let extension = list?.next(); extension !== undefined; extension = list?.next()) {
    if (new DerReader(extension.content).oid() !== sctList) kept.push(extension.raw);
  }
  return encodeDer(constructedTag(3), encodeDer(derTag.sequence, ...kept));
}

function number(value: bigint, octets: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes.subarray(8 - octets);
}

/** Reads TLS's presentation language (RFC 8446 §3). */
class TlsReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) refuse("malformed SCT: it is cut off");
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  /** big-endian */
  number(octets: 1 | 2): number {
    return this.bytes(octets).reduce((number, octet) => number * 256 + octet, 0);
  }

  /** The same of eight octets. */
  number64(): bigint {
    const { buffer, byteOffset } = this.bytes(8);
    return new DataView(buffer, byteOffset).getBigUint64(0);
  }

  /** Bytes behind their length, which has so many octets. */
  vector(octets: 1 | 2): Uint8Array {
    return this.bytes(this.number(octets));
  }

  end(): void {
    if (!this.done) refuse("malformed SCT: bytes after its end");
  }
}
