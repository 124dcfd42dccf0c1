import type { BundleSigner } from "./bundle-signer.ts";
import { hashAlgorithms } from "./entry-body.ts";
import type { LogEntryJson } from "./log-entry-json.ts";
import { base64, digestOf, type MadeSignature } from "./made-signature.ts";

/** What goes into a bundle. */
export interface BundleProfile {
  readonly version: BundleVersion;
  readonly made: MadeSignature;
  readonly signer: BundleSigner;
  readonly logEntries: readonly LogEntryJson[];
  /** RFC 3161 TimeStampResp, DER */
  readonly timestamps: readonly Uint8Array[];
}

export type BundleVersion = keyof typeof bundleTypes;

export const bundleTypes = {
  "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
  "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
  "0.3": "application/vnd.dev.sigstore.bundle.v0.3+json",
  /** as 0.3 was first called */
  "old 0.3": "application/vnd.dev.sigstore.bundle+json;version=0.3",
} as const;

/** A bundle in protobuf's JSON. Spread it to replace a part. */
export interface BundleJson {
  readonly mediaType: string;
  readonly verificationMaterial: VerificationMaterialJson;
  readonly messageSignature?: MessageSignatureJson;
  readonly dsseEnvelope?: EnvelopeJson;
}

export interface VerificationMaterialJson {
  readonly certificate?: { readonly rawBytes: string };
  readonly x509CertificateChain?: { readonly certificates: readonly { readonly rawBytes: string }[] };
  readonly publicKey?: { readonly hint: string };
  readonly tlogEntries: readonly LogEntryJson[];
  readonly timestampVerificationData?: {
    readonly rfc3161Timestamps: readonly { readonly signedTimestamp: string }[];
  };
}

export interface MessageSignatureJson {
  readonly messageDigest: { readonly algorithm: string; readonly digest: string };
  readonly signature: string;
}

export interface EnvelopeJson {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid?: string; readonly sig: string }[];
}

export function bundleJson({ version, made, signer, logEntries, timestamps }: BundleProfile): BundleJson {
  return {
    mediaType: bundleTypes[version],
    verificationMaterial: {
      ...signerJson(signer, version),
      tlogEntries: logEntries,
      ...(timestamps.length === 0
        ? {}
        : {
            timestampVerificationData: {
              rfc3161Timestamps: timestamps.map((der) => ({ signedTimestamp: base64(der) })),
            },
          }),
    },
    ...contentJson(made),
  };
}

export function bundleBytes(json: BundleJson): Uint8Array {
  return Buffer.from(JSON.stringify(json));
}

function signerJson(
  signer: BundleSigner,
  version: BundleVersion,
): Omit<VerificationMaterialJson, "tlogEntries"> {
  if (signer.type === "key") return { publicKey: { hint: signer.hint } };
  const certificates = [signer.leaf.der, ...signer.chain].map((der) => ({ rawBytes: base64(der) }));
  const [certificate] = certificates;
  const inChain = version === "0.1" || version === "0.2" || certificate === undefined;
  return inChain ? { x509CertificateChain: { certificates } } : { certificate };
}

function contentJson(made: MadeSignature): Pick<BundleJson, "messageSignature" | "dsseEnvelope"> {
  const signature = base64(made.signature);
  if (made.type === "message") {
    const messageDigest = { algorithm: hashAlgorithms[made.hash], digest: base64(digestOf(made)) };
    return { messageSignature: { messageDigest, signature } };
  }
  const { payload, payloadType, keyId } = made;
  const signatures = [{ ...(keyId === "" ? {} : { keyid: keyId }), sig: signature }];
  return { dsseEnvelope: { payload: base64(payload), payloadType, signatures } };
}
