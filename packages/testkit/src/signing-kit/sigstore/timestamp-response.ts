import { hash } from "node:crypto";
import { encodeDer, encodeOid, encodeUnsignedInteger } from "@countersign/engine/signature/der-write";
import type { AuthorityCertificate, IssuedLeaf } from "../certificate-authority.ts";
import { algorithmIdentifier, encodeName } from "../issue-certificate.ts";
import type { SigningKey } from "../signing-key.ts";
import { generalizedTime } from "./der-time.ts";

/** What is stamped, when, and by whom. */
export interface TimestampProfile {
  /** the digest of what was seen */
  readonly imprint: TimestampImprint;
  /** seconds since 1970 */
  readonly time: number;
  readonly signer: { readonly leaf: IssuedLeaf; readonly issuer: AuthorityCertificate };
  readonly changes: TimestampChanges;
}

export interface TimestampImprint {
  readonly algorithm: HashName;
  readonly digest: Uint8Array;
}

/** What a timestamp has otherwise than an honest authority would write it. */
export interface TimestampChanges {
  /** of the signed attributes, and with it of the signature; default sha256 */
  readonly signerHash?: HashName;
  /** default false: only with `certReq` an authority sends its certificate */
  readonly withCertificate?: boolean;
  /** the certificates to send, DER */
  readonly certificates?: readonly Uint8Array[];
  /** default none; the client's */
  readonly nonce?: Uint8Array;
  /** PKIStatus; default 0, granted */
  readonly status?: number;
  /** without it the response has a status alone */
  readonly withToken?: boolean;
  /** signs instead of the authority, whose name stays */
  readonly key?: SigningKey;
  /** replaces the serial number in the signer's identifier */
  readonly serial?: Uint8Array;
  /** replaces the issuer's name in the signer's identifier, DER */
  readonly issuer?: Uint8Array;
  /** what the token says that it is; default SignedData */
  readonly tokenType?: string;
  /** how often the signer comes; default once */
  readonly signers?: number;
  /** signed attributes besides those that are needed, DER; default none */
  readonly furtherAttributes?: readonly Uint8Array[];
  /** the content type; default TSTInfo */
  readonly contentType?: string;
  /** what the attributes say that the content's type is; default what it is */
  readonly attributeContentType?: string;
  /** the digest of the content in the signed attributes; default the right one */
  readonly messageDigest?: Uint8Array;
  /** replaces GeneralizedTime, DER */
  readonly genTime?: Uint8Array;
  /** TSTInfo's version; default 1 */
  readonly version?: number;
  /** elements of TSTInfo after genTime, DER; default none */
  readonly furtherInfo?: readonly Uint8Array[];
  /** the certificate whose hash the signed attributes name; default the leaf, DER */
  readonly namedCertificate?: Uint8Array;
}

export type HashName = "sha1" | "sha256" | "sha384" | "sha512";

const oids = {
  signedData: "1.2.840.113549.1.7.2",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  /** of sigstore's own authority */
  policy: "1.3.6.1.4.1.57264.2",
} as const;

const hashOids: Readonly<Record<HashName, string>> = {
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
};

/** A TimeStampResp, DER (RFC 3161 §2.4.2). */
export function timestampResponse(profile: TimestampProfile): Uint8Array {
  const { status = 0, withToken = true } = profile.changes;
  const statusInfo = encodeDer(0x30, encodeDer(0x02, Buffer.of(status)));
  return encodeDer(0x30, statusInfo, ...(withToken ? [token(profile)] : []));
}

/** CMS SignedData around a TSTInfo (RFC 5652 §5.1). */
function token(profile: TimestampProfile): Uint8Array {
  const { changes, signer } = profile;
  const { signerHash = "sha256", contentType = oids.tstInfo, withCertificate = false } = changes;
  const { tokenType = oids.signedData, signers = 1 } = changes;
  const certificates = changes.certificates ?? (withCertificate ? [signer.leaf.der] : []);
  const info = tstInfo(profile);
  const signedData = encodeDer(
    0x30,
    encodeDer(0x02, Buffer.of(3)),
    encodeDer(0x31, hashIdentifier(signerHash)),
    encodeDer(0x30, encodeOid(contentType), encodeDer(0xa0, encodeDer(0x04, info))),
    ...(certificates.length === 0 ? [] : [encodeDer(0xa0, ...certificates)]),
    encodeDer(0x31, ...Array.from({ length: signers }, () => signerInfo(profile, info))),
  );
  return encodeDer(0x30, encodeOid(tokenType), encodeDer(0xa0, signedData));
}

function tstInfo({ imprint, time, changes }: TimestampProfile): Uint8Array {
  const { nonce, version = 1, furtherInfo = [] } = changes;
  const { algorithm, digest } = imprint;
  return encodeDer(
    0x30,
    encodeDer(0x02, Buffer.of(version)),
    encodeOid(oids.policy),
    encodeDer(0x30, hashIdentifier(algorithm), encodeDer(0x04, digest)),
    encodeUnsignedInteger(serialOf(time, digest)),
    changes.genTime ?? generalizedTime(time),
    ...furtherInfo,
    ...(nonce === undefined ? [] : [encodeUnsignedInteger(nonce)]),
  );
}

/** A number of its own for every timestamp. */
function serialOf(time: number, digest: Uint8Array): Uint8Array {
  return hash("sha256", `${time} ${Buffer.from(digest).toString("hex")}`, "buffer").subarray(0, 16);
}

function signerInfo({ time, changes, signer }: TimestampProfile, info: Uint8Array): Uint8Array {
  const { signerHash = "sha256", contentType = oids.tstInfo } = changes;
  const { leaf, issuer } = signer;
  const key = changes.key ?? leaf.key;
  const attributes = [
    attribute(oids.contentType, encodeOid(changes.attributeContentType ?? contentType)),
    attribute(oids.signingTime, generalizedTime(time)),
    attribute(oids.messageDigest, encodeDer(0x04, changes.messageDigest ?? hash(signerHash, info, "buffer"))),
    attribute(oids.signingCertificateV2, signingCertificate(changes.namedCertificate ?? leaf.der)),
    ...(changes.furtherAttributes ?? []).map((der) => Buffer.from(der)),
  ].sort(Buffer.compare); // SET OF, DER
  return encodeDer(
    0x30,
    encodeDer(0x02, Buffer.of(1)),
    encodeDer(
      0x30,
      changes.issuer ?? encodeName(issuer.profile.subject),
      encodeDer(0x02, changes.serial ?? leaf.serial),
    ),
    hashIdentifier(signerHash),
    encodeDer(0xa0, ...attributes),
    algorithmIdentifier(key, { hash: signerHash }),
    encodeDer(0x04, key.sign(encodeDer(0x31, ...attributes), { hash: signerHash })),
  );
}

/** One of the signed attributes, DER. */
export function attribute(type: string, value: Uint8Array): Buffer {
  return encodeDer(0x30, encodeOid(type), encodeDer(0x31, value));
}

/** RFC 5035 §4, with the hash alone. */
function signingCertificate(certificate: Uint8Array): Uint8Array {
  const id = encodeDer(0x30, encodeDer(0x04, hash("sha256", certificate, "buffer")));
  return encodeDer(0x30, encodeDer(0x30, id));
}

function hashIdentifier(name: HashName): Uint8Array {
  return encodeDer(0x30, encodeOid(hashOids[name]), Buffer.of(0x05, 0x00));
}
