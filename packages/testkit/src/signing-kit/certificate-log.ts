import { hash } from "node:crypto";
import { encodeDer } from "@countersign/engine/signature/der-write";
import type { ExtensionProfile } from "./certificate-profile.ts";
import { type CertificateProfile, encodeTbsCertificate } from "./issue-certificate.ts";
import { createSigningKey, type KeyKind, type SigningKey, type SignOptions } from "./signing-key.ts";

/** A certificate transparency log: it promises to show a certificate before there is one (RFC 6962 §3). */
export interface CertificateLog {
  readonly baseUrl: string;
  readonly key: SigningKey;
  readonly id: Uint8Array;
  /** A SignedCertificateTimestamp. */
  promise(precertificate: Precertificate): Uint8Array;
}

/** What a certificate will be, without the promises that will stand in it. */
export interface Precertificate {
  readonly tbs: Uint8Array;
  /** SubjectPublicKeyInfo */
  readonly issuerSpki: Uint8Array;
}

export interface CertificateLogProfile {
  readonly name: string;
  readonly kind?: KeyKind;
  /** seconds since 1970: when everything is promised */
  readonly time: number;
  /** 0 to 255; default 0, which is v1 */
  readonly version?: number;
  readonly extensions?: Uint8Array;
  /** the octets of TLS's algorithms that are named: hash, signature; default SHA-256 and what the key is */
  readonly algorithms?: readonly [hash: number, signature: number];
  /** what is said to be the log's id; default the hash of its key */
  readonly id?: Uint8Array;
}

export function createCertificateLog(profile: CertificateLogProfile): CertificateLog {
  const { name, kind, time, version = 0, extensions = Buffer.alloc(0) } = profile;
  const key = createSigningKey(name, kind);
  const id = profile.id ?? hash("sha256", key.spki, "buffer");
  const milliseconds = Buffer.alloc(8);
  milliseconds.writeBigUInt64BE(BigInt(time) * 1000n);
  return {
    baseUrl: `https://ct.example/${name.replaceAll(" ", "-")}`,
    key,
    id,
    promise({ tbs, issuerSpki }) {
      const signed = Buffer.concat([
        Buffer.of(version, 0), // certificate_timestamp
        milliseconds,
        Buffer.of(0, 1), // precert_entry
        hash("sha256", issuerSpki, "buffer"),
        withLength(tbs, 3),
        withLength(extensions, 2),
      ]);
      const usual = [4, kind?.startsWith("rsa") ? 1 : 3] as const; // SHA-256; RSA or ECDSA
      const algorithms = Buffer.from(profile.algorithms ?? usual);
      const signature = withLength(key.sign(signed), 2);
      return Buffer.concat([
        Buffer.of(version),
        id,
        milliseconds,
        withLength(extensions, 2),
        algorithms,
        signature,
      ]);
    },
  };
}

/** What `profile` becomes once logs have promised to show it: the promises are its last extension. */
export function withPromises(
  profile: CertificateProfile,
  issuer: SigningKey,
  options: SignOptions,
  logs: readonly Pick<CertificateLog, "promise">[],
): CertificateProfile {
  const tbs = encodeTbsCertificate(profile, issuer, options);
  const promises = logs.map((log) => log.promise({ tbs, issuerSpki: issuer.spki }));
  return { ...profile, extensions: [...(profile.extensions ?? []), promiseList(promises)] };
}

/** The extension that holds SCTs (RFC 6962 §3.3). */
export function promiseList(promises: readonly Uint8Array[]): ExtensionProfile {
  const list = withLength(Buffer.concat(promises.map((promise) => withLength(promise, 2))), 2);
  return { oid: "1.3.6.1.4.1.11129.2.4.2", value: encodeDer(0x04, list) };
}

/** A TLS vector: its length in so many octets, big-endian, and the bytes. */
function withLength(bytes: Uint8Array, octets: number): Buffer {
  const length = Buffer.alloc(octets);
  length.writeUIntBE(bytes.length, 0, octets);
  return Buffer.concat([length, bytes]);
}
