import { CountersignError } from "../../values/error.ts";
import { quote } from "../../values/go-format.ts";
import { readString } from "../../values/go-value.ts";
import type { Json } from "../../values/json.ts";
import { parseJson } from "../../values/strict-json.ts";
import { quoteShort, readRaw } from "../../values/strict-object.ts";
import { type Certificate, parseCertificate } from "../certificate.ts";
import { certificatePool } from "../certificate-pool.ts";
import { memoByContent } from "../content-memo.ts";
import { reasonOf, refuse, refusing } from "../invalid.ts";
import type { PublicKey } from "../public-key.ts";
import { parsePkcs1, parsePkix } from "../public-key-pem.ts";
import { readMoment } from "./moment.ts";
import { bytesUpTo, message, present, refuseAt, repeated } from "./protojson.ts";
import type { CertificateAuthority, TransparencyLog, TrustedRoot, ValidityWindow } from "./trusted-root.ts";

/** A trusted root from a file. */
export interface TrustedRootFile extends TrustedRoot {
  /** logs of it that no entry is looked up in */
  readonly leftOut: readonly LeftOutLog[];
}

export interface LeftOutLog {
  /** `tlogs[0]` */
  readonly path: string;
  /** its address in quotes, and why it is left out */
  readonly message: string;
}

/**
 * Reads a `trusted_root.json`. A log whose key or hash is of a kind that is not known here is left out, so that a root
 * that gains one goes on to work; anything else that is not understood refuses the whole: it might narrow the trust.
 * Source: sigstore/protobuf-specs sigstore_trustroot.proto
 * @throws CountersignError TRUST_MATERIAL_INVALID, naming the place
 */
export const parseTrustedRoot: (bytes: Uint8Array) => TrustedRootFile = memoByContent(16, (bytes) => {
  try {
    return readTrustedRoot(parseJson(bytes));
  } catch (caught) {
    throw new CountersignError("TRUST_MATERIAL_INVALID", `trusted root: ${reasonOf(caught)}`);
  }
});

const most = 64;

const readFields = message({
  mediaType: readString,
  tlogs: repeated(readRaw, most),
  certificateAuthorities: repeated(readRaw, most),
  ctlogs: repeated(readRaw, most),
  timestampAuthorities: repeated(readRaw, most),
});

const mediaTypes: ReadonlySet<string> = new Set([
  "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
  "application/vnd.dev.sigstore.trustedroot.v0.2+json",
]);

function readTrustedRoot(json: Json): TrustedRootFile {
  const fields = present(readFields(json, "", refuseAt), "it");
  const mediaType = present(fields.mediaType, "mediaType");
  if (!mediaTypes.has(mediaType)) refuse(`mediaType: ${quote(mediaType)} is not known`);
  const each = <T>(items: readonly Json[] | undefined, name: string, read: (json: Json, path: string) => T) =>
    (items ?? []).map((item, at) => read(item, `${name}[${at}]`));
  const transparencyLogs = each(fields.tlogs, "tlogs", readLog);
  const certificateLogs = each(fields.ctlogs, "ctlogs", readLog);
  return {
    transparencyLogs: transparencyLogs.filter((log) => "key" in log),
    certificateLogs: certificateLogs.filter((log) => "key" in log),
    leftOut: [...transparencyLogs, ...certificateLogs].filter((log) => "message" in log),
    certificateAuthorities: each(fields.certificateAuthorities, "certificateAuthorities", readAuthority),
    timestampAuthorities: each(fields.timestampAuthorities, "timestampAuthorities", readAuthority),
  };
}

const readTimeRange = message({ start: readMoment, end: readMoment });

type TimeRange = ReturnType<typeof readTimeRange>;

function windowOf(range: TimeRange): ValidityWindow {
  return { from: range?.start, to: range?.end };
}

const readLogFields = message({
  baseUrl: readString,
  hashAlgorithm: readString,
  publicKey: message({ rawBytes: bytesUpTo(16 * 1024), keyDetails: readString, validFor: readTimeRange }),
  logId: message({ keyId: bytesUpTo(32) }),
  checkpointKeyId: message({ keyId: bytesUpTo(32) }),
  operator: readString,
});

function readLog(json: Json, path: string): TransparencyLog | LeftOutLog {
  const fields = present(readLogFields(json, path, refuseAt), path);
  const publicKey = present(fields.publicKey, `${path}.publicKey`);
  const details = present(publicKey.keyDetails, `${path}.publicKey.keyDetails`);
  const read = keyReaders.get(details);
  if (read === undefined)
    return leftOut(path, fields.baseUrl, `its key is ${details}, which is not known here`);
  const hash = present(fields.hashAlgorithm, `${path}.hashAlgorithm`);
  if (hash !== "SHA2_256") return leftOut(path, fields.baseUrl, `its hashes are ${hash}, and not SHA2_256`);
  const rawBytes = present(publicKey.rawBytes, `${path}.publicKey.rawBytes`);
  const key = refusing(`${path}.publicKey.rawBytes: `, () => read(rawBytes));
  // without a beginning a key would vouch for any time before it was made
  present(publicKey.validFor?.start, `${path}.publicKey.validFor.start`);
  return {
    id: present(fields.logId?.keyId, `${path}.logId.keyId`),
    key,
    window: windowOf(publicKey.validFor),
    origin: hostOf(present(fields.baseUrl, `${path}.baseUrl`), `${path}.baseUrl`),
  };
}

function leftOut(path: string, baseUrl: string | undefined, why: string): LeftOutLog {
  return { path, message: `the log ${quoteShort(baseUrl ?? "")} is left out, as ${why.slice(0, 100)}` };
}

/** PublicKeyDetails of sigstore_common.proto, without those that are broken or not widely had. */
const keyReaders: ReadonlyMap<string, (der: Uint8Array) => PublicKey> = new Map([
  ["PKCS1_RSA_PKCS1V5", parsePkcs1],
  ["PKIX_RSA_PKCS1V5", parsePkix],
  ["PKIX_RSA_PKCS1V15_2048_SHA256", parsePkix],
  ["PKIX_RSA_PKCS1V15_3072_SHA256", parsePkix],
  ["PKIX_RSA_PKCS1V15_4096_SHA256", parsePkix],
  ["PKIX_ECDSA_P256_SHA_256", parsePkix],
  ["PKIX_ECDSA_P384_SHA_384", parsePkix],
  ["PKIX_ECDSA_P521_SHA_512", parsePkix],
  ["PKIX_ED25519", parsePkix],
  ["PKIX_ED25519_PH", parsePkix],
]);

function hostOf(url: string, path: string): string {
  const host = URL.canParse(url) ? new URL(url).host : "";
  return host === "" ? refuse(`${path}: ${quote(url)} is no URL with a host`) : host;
}

const readAuthorityFields = message({
  subject: message({ organization: readString, commonName: readString }),
  uri: readString,
  certChain: message({ certificates: repeated(message({ rawBytes: bytesUpTo(32 * 1024) }), 16) }),
  validFor: readTimeRange,
  operator: readString,
});

/** The chain goes from below to above: the certificate that timestamps are signed with, intermediates, the root. */
function readAuthority(json: Json, path: string): CertificateAuthority {
  const fields = present(readAuthorityFields(json, path, refuseAt), path);
  const place = `${path}.certChain.certificates`;
  const certificates = (fields.certChain?.certificates ?? []).map(({ rawBytes }, at) => {
    const der = present(rawBytes, `${place}[${at}].rawBytes`);
    return refusing(`${place}[${at}]: `, () => parseCertificate(der));
  });
  const root = certificates.at(-1) ?? refuse(`${place}: there is none`);
  const below = certificates.slice(0, -1);
  const [leaf, ...others] = below;
  const hasLeaf = leaf !== undefined && !isCa(leaf);
  return {
    uri: fields.uri ?? "",
    roots: certificatePool([root]),
    intermediates: certificatePool(hasLeaf ? others : below),
    leaf: hasLeaf ? leaf.raw : undefined,
    window: windowOf(fields.validFor),
  };
}

function isCa({ facts }: Certificate): boolean {
  return facts.basicConstraints?.isCa ?? false;
}
