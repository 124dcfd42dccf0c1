import { createHash } from "node:crypto";
import { type CertificateLog, withPromises } from "./certificate-log.ts";
import {
  authorityKeyId,
  basicConstraints,
  type ExtensionProfile,
  extendedKeyUsage,
  keyUsage,
  oid,
  subjectKeyId,
} from "./certificate-profile.ts";
import {
  type CertificateProfile,
  defaultSerial,
  type IssuedCertificate,
  issueCertificate,
} from "./issue-certificate.ts";
import { createSigningKey, type KeyKind, type SigningKey } from "./signing-key.ts";

/** A root and one intermediate below it, which issues leaves. */
export interface CertificateAuthority {
  readonly root: AuthorityCertificate;
  readonly intermediate: AuthorityCertificate;
  /** A leaf by the intermediate; every field can be replaced. */
  issue(leaf: LeafProfile): IssuedLeaf;
}

export interface AuthorityCertificate extends IssuedCertificate {
  readonly profile: CertificateProfile;
  readonly key: SigningKey;
}

export interface LeafProfile {
  /** names the leaf's key, too; default `leaf` */
  readonly name?: string;
  readonly kind?: KeyKind;
  readonly extensions: readonly ExtensionProfile[];
  /** default code signing; empty: no such extension */
  readonly usages?: readonly string[];
  /** replaces parts of what would be issued */
  readonly profile?: Partial<CertificateProfile>;
  /** who promises to show it, in an extension; default none */
  readonly logs?: readonly Pick<CertificateLog, "promise">[];
  /** signs instead of the intermediate */
  readonly issuer?: AuthorityCertificate;
}

export interface IssuedLeaf extends IssuedCertificate {
  readonly key: SigningKey;
  /** two's complement octets */
  readonly serial: Uint8Array;
  /** the chain annotation: the intermediate, then the root */
  readonly chainPem: string;
}

export interface AuthorityProfile {
  readonly name: string;
  /** seconds since 1970: CAs are valid ten years from here, leaves ten minutes */
  readonly now: number;
  /** default p384, as the public Fulcio */
  readonly kind?: KeyKind;
  readonly rootExtensions?: readonly ExtensionProfile[];
  readonly intermediateExtensions?: readonly ExtensionProfile[];
  readonly rootProfile?: Partial<CertificateProfile>;
  readonly intermediateProfile?: Partial<CertificateProfile>;
}

const tenYears = 3650 * 24 * 3600;
const tenMinutes = 600;

export function createAuthority(authority: AuthorityProfile): CertificateAuthority {
  const { name, now, kind = "p384" } = authority;
  const rootName = { organization: name, commonName: `${name} root` };
  const root = issueAuthority(`${name} root`, kind, undefined, {
    subject: rootName,
    issuer: rootName,
    notBefore: now - tenYears,
    notAfter: now + tenYears,
    extensions: authority.rootExtensions ?? [basicConstraints(true), keyUsage(0x06)],
    ...authority.rootProfile,
  });
  const intermediate = issueAuthority(`${name} intermediate`, kind, root, {
    subject: { organization: name, commonName: `${name} intermediate` },
    issuer: rootName,
    notBefore: now - tenYears,
    notAfter: now + tenYears,
    extensions: authority.intermediateExtensions ?? [
      basicConstraints(true, 0),
      keyUsage(0x06),
      extendedKeyUsage(oid.codeSigning),
    ],
    ...authority.intermediateProfile,
  });
  return {
    root,
    intermediate,
    issue: (leaf) => issueLeaf(leaf, leaf.issuer ?? intermediate, now, [intermediate, root]),
  };
}

/** A CA certificate below `parent`, or a root if there is none. */
export function issueAuthority(
  name: string,
  kind: KeyKind,
  parent: AuthorityCertificate | undefined,
  profile: Omit<CertificateProfile, "spki">,
): AuthorityCertificate {
  const key = createSigningKey(name, kind);
  const signer = parent?.key ?? key;
  const whole = {
    ...profile,
    spki: key.spki,
    extensions: [...(profile.extensions ?? []), subjectKeyId(keyId(key)), authorityKeyId(keyId(signer))],
  };
  return { ...issueCertificate(whole, signer, { hash: hashFor(signer) }), profile: whole, key };
}

function issueLeaf(
  leaf: LeafProfile,
  issuer: AuthorityCertificate,
  now: number,
  chain: readonly AuthorityCertificate[],
): IssuedLeaf {
  const key = createSigningKey(leaf.name ?? "leaf", leaf.kind);
  const usages = leaf.usages ?? [oid.codeSigning];
  const profile: CertificateProfile = {
    subject: {},
    issuer: issuer.profile.subject,
    notBefore: now - tenMinutes / 2,
    notAfter: now + tenMinutes / 2,
    spki: key.spki,
    extensions: [
      keyUsage(0x80),
      ...(usages.length === 0 ? [] : [extendedKeyUsage(...usages)]),
      subjectKeyId(keyId({ spki: leaf.profile?.spki ?? key.spki })),
      authorityKeyId(keyId(issuer.key)),
      ...leaf.extensions,
    ],
    ...leaf.profile,
  };
  const options = { hash: hashFor(issuer.key) };
  const logged = leaf.logs === undefined ? profile : withPromises(profile, issuer.key, options, leaf.logs);
  const issued = issueCertificate(logged, issuer.key, options);
  return {
    ...issued,
    key,
    serial: profile.serial ?? defaultSerial,
    chainPem: chain.map(({ pem }) => pem).join(""),
  };
}

function keyId({ spki }: Pick<SigningKey, "spki">): Uint8Array {
  return createHash("sha1").update(spki).digest();
}

function hashFor({ kind }: SigningKey): "sha256" | "sha384" {
  return kind === "p384" ? "sha384" : "sha256";
}
