import { encodeDer, encodeOid } from "@countersign/engine/signature/der-write";
import type { ExtensionProfile } from "./certificate-profile.ts";
import type { SigningKey, SignOptions } from "./signing-key.ts";

/** Everything a certificate says. Nothing is checked: broken certificates are what this is for. */
export interface CertificateProfile {
  readonly subject: NameProfile;
  readonly issuer: NameProfile;
  /** seconds since 1970, or the time's own DER */
  readonly notBefore: number | Uint8Array;
  readonly notAfter: number | Uint8Array;
  /** SubjectPublicKeyInfo */
  readonly spki: Uint8Array;
  readonly extensions?: readonly ExtensionProfile[];
  /** two's complement octets; default a positive number */
  readonly serial?: Uint8Array;
  /** 0 to 2; default 2, which is X.509 v3 */
  readonly version?: number;
  /** AlgorithmIdentifiers inside and outside; default what `signer` uses */
  readonly innerAlgorithm?: Uint8Array;
  readonly outerAlgorithm?: Uint8Array;
}

export interface NameProfile {
  readonly commonName?: string;
  readonly organization?: string;
}

export interface IssuedCertificate {
  readonly der: Uint8Array;
  readonly pem: string;
}

export const defaultSerial: Uint8Array = Buffer.of(0x01, 0x23, 0x45);

/** Signs a certificate with `signer`, in the same instant and without looking at it. */
export function issueCertificate(
  profile: CertificateProfile,
  signer: SigningKey,
  options: SignOptions = {},
): IssuedCertificate {
  const tbs = encodeTbsCertificate(profile, signer, options);
  const signature = signer.sign(tbs, options);
  const bits = encodeDer(0x03, Buffer.from([0]), signature);
  const algorithm = profile.outerAlgorithm ?? algorithmIdentifier(signer, options);
  return certificateOf(encodeDer(0x30, tbs, algorithm, bits));
}

/** What `signer` would sign. */
export function encodeTbsCertificate(
  profile: CertificateProfile,
  signer: SigningKey,
  options: SignOptions = {},
): Uint8Array {
  const extensions = profile.extensions ?? [];
  return encodeDer(
    0x30,
    ...(profile.version === 0 ? [] : [encodeDer(0xa0, encodeDer(0x02, Buffer.from([profile.version ?? 2])))]),
    encodeDer(0x02, profile.serial ?? defaultSerial),
    profile.innerAlgorithm ?? algorithmIdentifier(signer, options),
    encodeName(profile.issuer),
    encodeDer(0x30, encodeTime(profile.notBefore), encodeTime(profile.notAfter)),
    encodeName(profile.subject),
    profile.spki,
    ...(extensions.length === 0
      ? []
      : [encodeDer(0xa3, encodeDer(0x30, ...extensions.map(encodeExtension)))]),
  );
}

/** A certificate from its bytes, in both of its forms. */
export function certificateOf(der: Uint8Array): IssuedCertificate {
  return { der, pem: encodePem("CERTIFICATE", der) };
}

export function encodePem(label: string, bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes).toString("base64");
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.map((line) => `${line}\n`).join("")}-----END ${label}-----\n`;
}

/** The AlgorithmIdentifier of a signature by `signer`. */
export function algorithmIdentifier(
  { kind }: SigningKey,
  { hash = "sha256", padding = "pkcs1" }: SignOptions = {},
): Uint8Array {
  if (kind === "ed25519") return encodeDer(0x30, encodeOid("1.3.101.112"));
  if (kind.startsWith("p")) return encodeDer(0x30, encodeOid(ecdsaOids[hash]));
  if (padding === "pss") return encodeDer(0x30, encodeOid("1.2.840.113549.1.1.10"), pssParameters(hash));
  return encodeDer(0x30, encodeOid(rsaOids[hash]), Buffer.from([0x05, 0x00]));
}

const ecdsaOids = {
  sha1: "1.2.840.10045.4.1",
  sha256: "1.2.840.10045.4.3.2",
  sha384: "1.2.840.10045.4.3.3",
  sha512: "1.2.840.10045.4.3.4",
} as const;

const rsaOids = {
  sha1: "1.2.840.113549.1.1.5",
  sha256: "1.2.840.113549.1.1.11",
  sha384: "1.2.840.113549.1.1.12",
  sha512: "1.2.840.113549.1.1.13",
} as const;

const hashOids = {
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
} as const;

const saltLengths = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const;

function pssParameters(hash: keyof typeof hashOids): Uint8Array {
  const hashAlgorithm = encodeDer(0x30, encodeOid(hashOids[hash]), Buffer.from([0x05, 0x00]));
  return encodeDer(
    0x30,
    encodeDer(0xa0, hashAlgorithm),
    encodeDer(0xa1, encodeDer(0x30, encodeOid("1.2.840.113549.1.1.8"), hashAlgorithm)),
    encodeDer(0xa2, encodeDer(0x02, Buffer.from([saltLengths[hash]]))),
  );
}

/** A Name, its organization first. */
export function encodeName({ commonName, organization }: NameProfile): Uint8Array {
  const attribute = (type: string, text: string) =>
    encodeDer(0x31, encodeDer(0x30, encodeOid(type), encodeDer(0x0c, Buffer.from(text))));
  return encodeDer(
    0x30,
    ...(organization === undefined ? [] : [attribute("2.5.4.10", organization)]),
    ...(commonName === undefined ? [] : [attribute("2.5.4.3", commonName)]),
  );
}

function encodeTime(time: number | Uint8Array): Uint8Array {
  if (typeof time !== "number") return time;
  const text = new Date(time * 1000).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  const year = Number(text.slice(0, 4));
  return year >= 1950 && year < 2050
    ? encodeDer(0x17, Buffer.from(text.slice(2)))
    : encodeDer(0x18, Buffer.from(text));
}

function encodeExtension({ oid, critical = false, value }: ExtensionProfile): Uint8Array {
  const flag = critical ? [encodeDer(0x01, Buffer.from([0xff]))] : [];
  return encodeDer(0x30, encodeOid(oid), ...flag, encodeDer(0x04, value));
}
