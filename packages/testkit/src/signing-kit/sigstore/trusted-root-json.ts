import type { SigningKey } from "../signing-key.ts";
import { keyDetails } from "./entry-body.ts";
import { base64 } from "./made-signature.ts";

/** What a `trusted_root.json` says. */
export interface TrustedRootProfile {
  readonly transparencyLogs: readonly TrustedLog[];
  readonly certificateAuthorities: readonly TrustedAuthority[];
  readonly certificateLogs: readonly TrustedLog[];
  readonly timestampAuthorities: readonly TrustedAuthority[];
}

/** Trusted from and to, seconds since 1970; both open if undefined. */
export interface TrustedAuthority {
  readonly uri: string;
  /** DER, the root last; a timestamp authority's begins with the certificate it signs with */
  readonly chain: readonly Uint8Array[];
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface TrustedLog {
  readonly baseUrl: string;
  readonly key: SigningKey;
  readonly id: Uint8Array;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** replaces protobuf-specs' name for this kind of key, and the SPKI */
  readonly keyDetails?: string;
  readonly rawKey?: Uint8Array;
}

export const trustedRootType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";

/** The file. */
export function trustedRootJson(profile: TrustedRootProfile): Uint8Array {
  return Buffer.from(
    JSON.stringify(
      {
        mediaType: trustedRootType,
        tlogs: profile.transparencyLogs.map(logJson),
        certificateAuthorities: profile.certificateAuthorities.map(authorityJson),
        ctlogs: profile.certificateLogs.map(logJson),
        timestampAuthorities: profile.timestampAuthorities.map(authorityJson),
      },
      null,
      2,
    ),
  );
}

function logJson({ baseUrl, key, id, from, to, keyDetails: details, rawKey }: TrustedLog) {
  return {
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: {
      rawBytes: base64(rawKey ?? key.spki),
      keyDetails: details ?? keyDetails[key.kind],
      ...windowJson(from, to),
    },
    logId: { keyId: base64(id) },
  };
}

function authorityJson({ uri, chain, from, to }: TrustedAuthority) {
  return {
    subject: { organization: "example", commonName: uri },
    uri,
    certChain: { certificates: chain.map((der) => ({ rawBytes: base64(der) })) },
    ...windowJson(from, to),
  };
}

/** A window is there as soon as one of its ends is. */
function windowJson(from: number | undefined, to: number | undefined) {
  if (from === undefined && to === undefined) return {};
  return {
    validFor: {
      ...(from === undefined ? {} : { start: timeText(from) }),
      ...(to === undefined ? {} : { end: timeText(to) }),
    },
  };
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
