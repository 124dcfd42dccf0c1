import { createPublicKey, hash, verify, X509Certificate } from "node:crypto";
import { signEd25519ph } from "@countersign/testkit/signing-kit/ed25519ph";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  artifact,
  identity,
  now,
  rekor,
  rekorTiles,
  sigstore,
  strangers,
  timestampAuthority,
  trust,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import { preAuthEncoding } from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { trustedRootJson } from "@countersign/testkit/signing-kit/sigstore/trusted-root-json";
import { isObject, type LooseJson } from "../mutate/loose-json.ts";

/** What sigstore-js is asked. */
export interface Asked {
  readonly bundle: LooseJson;
  readonly trustedRoot: Uint8Array;
  readonly subject: string | undefined;
}

/** @returns what it says when it refuses; undefined if it accepts */
export type Ask = (asked: Asked) => string | undefined;

/**
 * What we accept and sigstore-js refuses, on purpose. Explained in docs/decisions/0011, by these names. Each takes away
 * what sigstore-js minds, without which it has to accept: no signature counts here that does not count there.
 */
interface Laxity {
  readonly name: string;
  /** its words */
  readonly refusal: RegExp;
  /** what it might be asked instead */
  readonly without: (asked: Asked, ask: Ask) => readonly Asked[];
}

const laxities: readonly Laxity[] = [
  {
    name: "entries of unknown logs are passed over",
    // all that it says of an entry before, or because, it finds no log for it
    refusal:
      /inclusion (?:promise )?could not be verified|(?:invalid|malformed) checkpoint signature|missing checkpoint separator|no signatures found in checkpoint|too few lines in checkpoint header|invalid checkpoint log size/,
    without: ({ bundle, ...asked }) => {
      const entries = listIn(material(bundle), "tlogEntries").filter(isOfKnownLog);
      return [{ ...asked, bundle: withMaterial(bundle, { tlogEntries: entries }) }];
    },
  },
  {
    name: "a signature that a log took twice",
    refusal: /duplicate tlog entry/,
    without: ({ bundle, ...asked }) => {
      const entries = listIn(material(bundle), "tlogEntries");
      return entries.map((_, left) => ({
        ...asked,
        bundle: withMaterial(bundle, { tlogEntries: entries.filter((_, at) => at !== left) }),
      }));
    },
  },
  {
    name: "timestamps that prove nothing are passed over",
    refusal: /timestamp could not be verified|^ASN1|^TypeError|^Error|duplicate timestamp/,
    without: ({ bundle, ...asked }) => {
      const stamps = listIn(material(bundle)["timestampVerificationData"], "rfc3161Timestamps");
      const fewer = [[], ...stamps.map((_, left) => stamps.filter((_, at) => at !== left))];
      return fewer.map((rfc3161Timestamps) => ({
        ...asked,
        bundle: withMaterial(bundle, { timestampVerificationData: { rfc3161Timestamps } }),
      }));
    },
  },
  {
    name: "the digest of a message may be left out",
    refusal: /invalid (?:v0\.\d )?bundle|digest mismatch/,
    without: ({ bundle, ...asked }) => {
      const message = bundle["messageSignature"];
      if (!isObject(message)) return [];
      const messageDigest = { algorithm: "SHA2_256", digest: hash("sha256", artifact, "base64") };
      return [{ ...asked, bundle: { ...bundle, messageSignature: { ...message, messageDigest } } }];
    },
  },
  {
    name: "times with fractions of a second",
    refusal: /invalid time/,
    without: ({ bundle, ...asked }) => {
      const content = [bundle["messageSignature"], listIn(bundle["dsseEnvelope"], "signatures")[0]].find(
        isObject,
      );
      const signedTimestamp = Buffer.from(
        timestampAuthority.stamp(bytes(content?.["signature"] ?? content?.["sig"]), now),
      ).toString("base64");
      const timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
      return [{ ...asked, bundle: withMaterial(bundle, { timestampVerificationData }) }];
    },
  },
  {
    name: "promises of unknown certificate logs are passed over",
    refusal: /SCT verification failed/,
    without: (asked, ask) => {
      const theirs = strangers.trust.certificateLogs;
      const alone = { ...asked, trustedRoot: trustedRootJson({ ...trust, certificateLogs: theirs }) };
      // one of them must be of a log that is trusted
      if (!/SCT verification failed/.test(ask(alone) ?? "")) return [];
      const certificateLogs = [...trust.certificateLogs, ...theirs];
      return [{ ...asked, trustedRoot: trustedRootJson({ ...trust, certificateLogs }) }];
    },
  },
  {
    name: "any name of the certificate may be the signer's",
    refusal: /certificate identity error/,
    without: (asked) => (hasName(asked.bundle, identity) ? [{ ...asked, subject: undefined }] : []),
  },
];

const otherSignatures = "kinds of signatures that sigstore-js has not";

const otherCertificates = "extensions that Go can read";

export const laxityNames: readonly string[] = [
  ...laxities.map(({ name }) => name),
  otherSignatures,
  otherCertificates,
];

/** As many differences as may come together. */
const most = 4;

/** @returns the names of the differences; undefined if they are not known */
export function whyAcceptedHere(asked: Asked, ask: Ask, already = 0): readonly string[] | undefined {
  const refusal = ask(asked);
  if (refusal === undefined) return [];
  // verified before the logs are, and after them
  if (/certificate chain$/.test(refusal)) return isIssued(asked.bundle) ? [otherCertificates] : undefined;
  if (/signature verification failed$/.test(refusal)) {
    return isOtherSignature(asked.bundle) ? [otherSignatures] : undefined;
  }
  if (already === most) return undefined;
  for (const { name, ...laxity } of laxities) {
    if (!laxity.refusal.test(refusal)) continue;
    for (const instead of laxity.without(asked, ask)) {
      const others = whyAcceptedHere(instead, ask, already + 1);
      if (others !== undefined) return [...new Set([name, ...others])];
    }
  }
  return undefined;
}

/** An envelope with SHA-384 or SHA-512, or ed25519ph, by whoever the bundle says. */
function isOtherSignature(bundle: LooseJson): boolean {
  const key = keyIn(bundle);
  const envelope = bundle["dsseEnvelope"];
  if (key === undefined) return false;
  if (isObject(envelope)) {
    const [first] = listIn(envelope, "signatures");
    const signed = preAuthEncoding(String(envelope["payloadType"] ?? ""), bytes(envelope["payload"]));
    const signature = bytes(isObject(first) ? first["sig"] : "");
    return ["sha384", "sha512"].some((algorithm) => verify(algorithm, signed, key, signature));
  }
  const message = bundle["messageSignature"];
  const ed25519 = createSigningKey("leaf", "ed25519");
  const isIts = key.export({ type: "spki", format: "der" }).equals(ed25519.spki);
  return isIts && isObject(message) && bytes(message["signature"]).equals(signEd25519ph(ed25519, artifact));
}

/** Below the Fulcio, by OpenSSL's reading, and valid now. */
function isIssued(bundle: LooseJson): boolean {
  const certificate = certificateIn(bundle);
  const { intermediate } = sigstore.fulcio.authority;
  if (certificate === undefined || certificate.ca) return false;
  const isInTime =
    certificate.validFromDate.getTime() <= now * 1000 && now * 1000 <= certificate.validToDate.getTime();
  return isInTime && certificate.verify(new X509Certificate(intermediate.pem).publicKey);
}

function keyIn(bundle: LooseJson) {
  const { publicKey } = material(bundle);
  if (publicKey !== undefined) return createPublicKey(createSigningKey("managed").publicKeyPem);
  return certificateIn(bundle)?.publicKey;
}

function certificateIn(bundle: LooseJson): X509Certificate | undefined {
  const { certificate, x509CertificateChain } = material(bundle);
  const [first] = listIn(x509CertificateChain, "certificates");
  const one = isObject(certificate) ? certificate : first;
  return isObject(one) ? new X509Certificate(bytes(one["rawBytes"])) : undefined;
}

function hasName(bundle: LooseJson, name: string): boolean {
  return certificateIn(bundle)?.subjectAltName?.split(", ").includes(`URI:${name}`) ?? false;
}

function isOfKnownLog(entry: unknown): boolean {
  const id = isObject(entry) && isObject(entry["logId"]) ? bytes(entry["logId"]["keyId"]) : undefined;
  return id !== undefined && [rekor, rekorTiles].some((log) => id.equals(log.id));
}

function material(bundle: LooseJson): LooseJson {
  const found = bundle["verificationMaterial"];
  return isObject(found) ? found : {};
}

function withMaterial(bundle: LooseJson, changes: LooseJson): LooseJson {
  return { ...bundle, verificationMaterial: { ...material(bundle), ...changes } };
}

function listIn(holder: unknown, name: string): readonly unknown[] {
  const list = isObject(holder) ? holder[name] : undefined;
  return Array.isArray(list) ? list : [];
}

function bytes(base64: unknown): Buffer {
  return Buffer.from(typeof base64 === "string" ? base64 : "", "base64");
}
