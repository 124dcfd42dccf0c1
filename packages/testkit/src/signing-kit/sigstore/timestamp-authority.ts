import { hash } from "node:crypto";
import { type AuthorityCertificate, createAuthority, type IssuedLeaf } from "../certificate-authority.ts";
import { type ExtensionProfile, extendedKeyUsage } from "../certificate-profile.ts";
import type { CertificateProfile } from "../issue-certificate.ts";
import type { KeyKind } from "../signing-key.ts";
import {
  type HashName,
  type TimestampChanges,
  type TimestampImprint,
  timestampResponse,
} from "./timestamp-response.ts";
import type { TrustedAuthority } from "./trusted-root-json.ts";

/** Says when it saw something (RFC 3161). */
export interface TimestampAuthority {
  readonly root: AuthorityCertificate;
  readonly leaf: IssuedLeaf;
  /** what a trusted root holds of it */
  readonly trust: TrustedAuthority;
  /**
   * A TimeStampResp over `bytes`.
   * @param time seconds since 1970
   */
  stamp(bytes: Uint8Array, time: number, changes?: StampChanges): Uint8Array;
  /** The same of something whose digest alone is known. */
  stampDigest(imprint: TimestampImprint, time: number, changes?: TimestampChanges): Uint8Array;
}

export interface StampChanges extends TimestampChanges {
  /** default sha256 */
  readonly imprintHash?: HashName;
}

export interface TimestampAuthorityProfile {
  readonly name: string;
  /** seconds since 1970: all its certificates are valid ten years around */
  readonly now: number;
  /** default p384 */
  readonly kind?: KeyKind;
  /** default time stamping, critical */
  readonly extensions?: readonly ExtensionProfile[];
  /** replaces parts of the certificate it signs with */
  readonly leafProfile?: Partial<CertificateProfile>;
  readonly rootProfile?: Partial<CertificateProfile>;
}

const timeStamping = "1.3.6.1.5.5.7.3.8";
const tenYears = 3650 * 24 * 3600;

export const timeStampingUsage: ExtensionProfile = { ...extendedKeyUsage(timeStamping), critical: true };

export function createTimestampAuthority(profile: TimestampAuthorityProfile): TimestampAuthority {
  const { name, now, kind = "p384", extensions = [timeStampingUsage], rootProfile = {} } = profile;
  const { root, issue } = createAuthority({ name, now, rootProfile });
  const leaf = issue({
    name: `${name} signer`,
    kind,
    issuer: root,
    usages: [],
    extensions,
    profile: {
      subject: { organization: name, commonName: name },
      notBefore: now - tenYears,
      notAfter: now + tenYears,
      serial: serialOf(name),
      ...profile.leafProfile,
    },
  });
  const stampDigest: TimestampAuthority["stampDigest"] = (imprint, time, changes = {}) =>
    timestampResponse({ imprint, time, signer: { leaf, issuer: root }, changes });
  return {
    root,
    leaf,
    trust: {
      uri: `https://${name.replaceAll(" ", "-")}.example/api/v1/timestamp`,
      chain: [leaf.der, root.der],
    },
    stamp: (bytes, time, { imprintHash = "sha256", ...changes } = {}) =>
      stampDigest({ algorithm: imprintHash, digest: hash(imprintHash, bytes, "buffer") }, time, changes),
    stampDigest,
  };
}

/** A positive INTEGER of its own. */
function serialOf(name: string): Uint8Array {
  const octets = hash("sha256", `serial ${name}`, "buffer").subarray(0, 16);
  return Buffer.concat([Buffer.of(0x01), octets]);
}
