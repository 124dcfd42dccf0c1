import { encodeDer } from "@countersign/engine/signature/der-write";
import { extendedKeyUsage } from "../../certificate-profile.ts";
import { bundleJson } from "../bundle-json.ts";
import { dsse, hashedrekordV2 } from "../entry-body.ts";
import {
  createTimestampAuthority,
  type StampChanges,
  type TimestampAuthorityProfile,
} from "../timestamp-authority.ts";
import type { TrustedAuthority } from "../trusted-root-json.ts";
import {
  type ConformanceCase,
  conformanceCase,
  envelope,
  flippedEnd,
  message,
  now,
  rekor,
  rekorTiles,
  signer,
  strangers,
  timestampAuthority,
} from "./conformance-case.ts";

/** Timestamps: whose they are, over what, and when. */
export function timestampCases(): readonly ConformanceCase[] {
  const made = message();
  const entry = rekorTiles.add(hashedrekordV2(made, signer));
  const bundle = (...timestamps: readonly Uint8Array[]) =>
    bundleJson({ version: "0.3", made, signer, logEntries: [entry], timestamps });
  const stamp = (changes: StampChanges = {}, time = now) =>
    timestampAuthority.stamp(made.signature, time, changes);
  const window = (from: number | undefined, to: number | undefined) =>
    trusting({ ...timestampAuthority.trust, from, to });

  const another = (name: string, profile: Partial<TimestampAuthorityProfile>, time = now) => {
    const authority = createTimestampAuthority({ name: "another tsa", now, ...profile });
    return conformanceCase(name, bundle(authority.stamp(made.signature, time)), trusting(authority.trust));
  };
  const hour = 3600;
  const shortLived = { notBefore: now - hour, notAfter: now + 300 };
  const isoDay = (text: string) => encodeDer(0x18, Buffer.from(text));

  return [
    conformanceCase("rekor2-timestamp-with-embedded-cert", bundle(stamp({ withCertificate: true }))),
    conformanceCase("rekor2-timestamp-without-embedded-cert", bundle(stamp())),
    another("rekor2-timestamp-with-expired-cert-chain", { leafProfile: shortLived, rootProfile: shortLived }),
    conformanceCase("trust-root-tsa-validity-end-inclusive", bundle(stamp()), window(now - hour, now)),
    conformanceCase(
      "an authority that is trusted from that second on",
      bundle(stamp()),
      window(now, undefined),
    ),
    conformanceCase("rekor2-no-timestamp_fail", bundle()),
    conformanceCase(
      "rekor2-timestamp-outside-trust-root-tsa-validity_fail",
      bundle(stamp()),
      window(now - hour, now - 1),
    ),
    conformanceCase("an authority that is not trusted yet_fail", bundle(stamp()), window(now + 1, undefined)),
    another("rekor2-timestamp-outside-tsa-cert-validity_fail", {
      leafProfile: { notBefore: now - hour, notAfter: now - 1 },
    }),
    another("rekor2-timestamp-outside-tsa-root-validity_fail", {
      rootProfile: { notBefore: now - hour, notAfter: now - 1 },
    }),
    conformanceCase(
      "rekor2-timestamp-payload-mismatch_fail",
      bundle(timestampAuthority.stamp(Buffer.from("another signature"), now)),
    ),
    conformanceCase(
      "rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail",
      bundle(strangers.timestampAuthority.stamp(made.signature, now, { withCertificate: true })),
    ),
    conformanceCase(
      "rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail",
      bundle(strangers.timestampAuthority.stamp(made.signature, now)),
    ),
    conformanceCase("rekor2-timestamp-with-incorrect-time_fail", bundle(stamp({}, now + hour))),
    conformanceCase("intoto-tsa-timestamp-outside-cert-validity_fail", outsideCertificate()),
    another("an authority whose certificate is for signing code_fail", {
      extensions: [{ ...extendedKeyUsage("1.3.6.1.5.5.7.3.3"), critical: true }],
    }),
    conformanceCase(
      "a timestamp by another key_fail",
      bundle(stamp({ key: strangers.timestampAuthority.leaf.key })),
    ),
    conformanceCase(
      "a timestamp whose attributes are of other content_fail",
      bundle(stamp({ messageDigest: Buffer.alloc(32, 7) })),
    ),
    conformanceCase("a timestamp that was refused_fail", bundle(stamp({ status: 2, withToken: false }))),
    conformanceCase("a timestamp whose signature is broken_fail", bundle(flippedEnd(stamp()))),
    conformanceCase("a timestamp of no such day_fail", bundle(stamp({ genTime: isoDay("20260230000000Z") }))),
    conformanceCase(
      "a timestamp over SHA-512, signed with SHA-384",
      bundle(stamp({ imprintHash: "sha512", signerHash: "sha384" })),
    ),
    conformanceCase("a timestamp over SHA-1_fail", bundle(stamp({ imprintHash: "sha1" }))),
    ...(["p256", "p521", "rsa2048"] as const).map((kind) =>
      another(`a timestamp with a ${kind} key`, { kind }),
    ),
  ];
}

function trusting(authority: TrustedAuthority) {
  return { trust: { timestampAuthorities: [authority] } };
}

/** The log's time is right, the timestamp is not. */
function outsideCertificate() {
  const made = envelope();
  const logEntries = [rekor.add(dsse(made, signer))];
  const timestamps = [timestampAuthority.stamp(made.signature, now - 3600)];
  return bundleJson({ version: "0.3", made, signer, logEntries, timestamps });
}
