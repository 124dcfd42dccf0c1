import type { Digest } from "@countersign/engine/values/digest";
import { type CertificateLog, createCertificateLog } from "../certificate-log.ts";
import { createFulcio, type Fulcio, type FulcioIdentityProfile } from "../fulcio.ts";
import { type BundleJson, type BundleVersion, bundleBytes, bundleJson } from "./bundle-json.ts";
import {
  type BundleSigner,
  type CertificateSigner,
  certificateSigner,
  signingKeyOf,
} from "./bundle-signer.ts";
import { dsse, type EntryBody, hashedrekord, hashedrekordV2, intoto } from "./entry-body.ts";
import { imageSignature, type StatementProfile, statement } from "./in-toto-statement.ts";
import type { LogEntryJson } from "./log-entry-json.ts";
import { type MadeSignature, signEnvelope } from "./made-signature.ts";
import { createRekor, createRekorTiles, type Rekor } from "./rekor.ts";
import { createTimestampAuthority, type TimestampAuthority } from "./timestamp-authority.ts";
import { type TrustedRootProfile, trustedRootJson } from "./trusted-root-json.ts";

/**
 * All of Sigstore in one process: Fulcio with a certificate log, Rekor v1 and v2, a timestamp authority, and the
 * trusted root that names them. Its clock stands still at `now`. Whatever it makes can be taken apart and put together
 * wrongly.
 */
export interface PocketSigstore {
  /** seconds since 1970 */
  readonly now: number;
  readonly fulcio: Fulcio;
  readonly certificateLog: CertificateLog;
  readonly rekor: Rekor;
  readonly rekorTiles: Rekor;
  readonly timestampAuthority: TimestampAuthority;
  /** what its trusted root says; spread it to have another one */
  readonly trust: TrustedRootProfile;
  /** the file */
  readonly trustedRoot: Uint8Array;
  /** A certificate of its Fulcio, promised by the certificate log. */
  certify(identity?: FulcioIdentityProfile): CertificateSigner;
  /** Shows a signature to log and timestamp authority, and makes a bundle of it. */
  bundle(made: MadeSignature, signer: BundleSigner, ceremony?: Ceremony): BundleJson;
  /** `cosign sign` 3: the bytes of a bundle. */
  signImage(digest: Digest, signer: BundleSigner, ceremony?: Ceremony): Uint8Array;
  /** `cosign attest` 3: the bytes of a bundle. */
  attest(profile: StatementProfile, signer: BundleSigner, ceremony?: Ceremony): Uint8Array;
}

/** Who sees a signature, and when. */
export interface Ceremony {
  /** default 0.3 */
  readonly version?: BundleVersion;
  /** what is logged; default `dsse` of an envelope and `hashedrekord` of a message */
  readonly entry?: "hashedrekord" | "dsse" | "intoto" | "rekor v2" | "none";
  /** default: with a certificate where no log says the time */
  readonly timestamped?: boolean;
  /** seconds since 1970; default now */
  readonly integratedTime?: number;
  /** seconds since 1970; default now */
  readonly stampTime?: number;
}

const newYear2026 = Date.UTC(2026, 0, 1) / 1000;

/**
 * @param now seconds since 1970; give the real time where a program under test has a real clock
 * @param name of all its parts: another name, another Sigstore
 */
export function createPocketSigstore(now: number = newYear2026, name = "pocket"): PocketSigstore {
  const fulcio = createFulcio({ name: `${name} fulcio`, now });
  const certificateLog = createCertificateLog({ name: `${name} ct log`, time: now });
  const rekor = createRekor({ host: `rekor.${name}.example`, now });
  const rekorTiles = createRekorTiles({ host: `log2026.rekor.${name}.example`, now });
  const timestampAuthority = createTimestampAuthority({ name: `${name} tsa`, now });
  const { root, intermediate } = fulcio.authority;
  const from = now - 365 * 24 * 3600;
  const { baseUrl, key, id } = certificateLog;
  const trust: TrustedRootProfile = {
    transparencyLogs: [rekor.trust, rekorTiles.trust],
    certificateAuthorities: [
      { uri: `https://fulcio.${name}.example`, chain: [intermediate.der, root.der], from },
    ],
    certificateLogs: [{ baseUrl, key, id, from }],
    timestampAuthorities: [{ ...timestampAuthority.trust, from }],
  };

  const bundle = (made: MadeSignature, signer: BundleSigner, ceremony: Ceremony = {}): BundleJson => {
    const entry = logged(made, signer, ceremony);
    const needsTime = signer.type === "certificate" && entry?.integratedTime === undefined;
    const { timestamped = needsTime, stampTime = now, version = "0.3" } = ceremony;
    return bundleJson({
      version,
      made,
      signer,
      logEntries: entry === undefined ? [] : [entry],
      timestamps: timestamped ? [timestampAuthority.stamp(made.signature, stampTime)] : [],
    });
  };

  const logged = (
    made: MadeSignature,
    signer: BundleSigner,
    { entry, integratedTime = now }: Ceremony,
  ): LogEntryJson | undefined => {
    if (entry === "none") return undefined;
    if (entry === "rekor v2") return rekorTiles.add(hashedrekordV2(made, signer));
    return rekor.add(entryBodyOf(made, signer, entry), { integratedTime });
  };

  return {
    now,
    fulcio,
    certificateLog,
    rekor,
    rekorTiles,
    timestampAuthority,
    trust,
    trustedRoot: trustedRootJson(trust),
    certify: (identity = {}) => certificateSigner(fulcio.issue({ logs: [certificateLog], ...identity })),
    bundle,
    signImage: (digest, signer, ceremony) =>
      bundleBytes(bundle(signEnvelope(signingKeyOf(signer), imageSignature(digest)), signer, ceremony)),
    attest: (profile, signer, ceremony) =>
      bundleBytes(bundle(signEnvelope(signingKeyOf(signer), statement(profile)), signer, ceremony)),
  };
}

function entryBodyOf(
  made: MadeSignature,
  signer: BundleSigner,
  kind: "hashedrekord" | "dsse" | "intoto" | undefined,
): EntryBody {
  if (made.type === "message" || kind === "hashedrekord") return hashedrekord(made, signer);
  return kind === "intoto" ? intoto(made, signer) : dsse(made, signer);
}
