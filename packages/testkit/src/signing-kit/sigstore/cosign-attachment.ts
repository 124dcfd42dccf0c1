import { cosignAnnotation } from "@countersign/engine/signature/cosign-annotation";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { attachment } from "../cosign-signature.ts";
import { encodePem } from "../issue-certificate.ts";
import type { BundleSigner } from "./bundle-signer.ts";
import type { LogEntryJson } from "./log-entry-json.ts";
import { base64, envelopeJson, type MadeEnvelope, type MadeSignature } from "./made-signature.ts";

/** What comes with a signature in cosign's old format. */
export interface AttachedEvidence {
  /** of it the promise alone is kept: the format has no place for a proof */
  readonly logEntry?: LogEntryJson;
  /** TimeStampResp, DER */
  readonly timestamp?: Uint8Array;
  /** replaces annotations; undefined takes one away */
  readonly annotations?: Readonly<Record<string, string | undefined>>;
}

export const cosignAttestationType = "application/vnd.dsse.envelope.v1+json";
const timestampAnnotation = "dev.sigstore.cosign/rfc3161timestamp";

/** A layer of a `.sig` manifest; what was signed is a simple signing payload. */
export function cosignSignatureLayer(
  made: Extract<MadeSignature, { type: "message" }>,
  signer: BundleSigner,
  evidence: AttachedEvidence = {},
): SigstoreAttachment {
  const signature = { [cosignAnnotation.signature]: base64(made.signature) };
  return layer(made.artifact, signature, signer, evidence);
}

/** A layer of an `.att` manifest. */
export function cosignAttestationLayer(
  made: MadeEnvelope,
  predicateType: string,
  signer: BundleSigner,
  evidence: AttachedEvidence = {},
): SigstoreAttachment {
  const own = { [cosignAnnotation.signature]: "", predicateType };
  return layer(envelopeJson(made), own, signer, evidence, cosignAttestationType);
}

/** The value of the bundle annotation. */
export function promiseAnnotation(entry: LogEntryJson): string {
  return JSON.stringify({
    SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: Buffer.from(entry.logId.keyId, "base64").toString("hex"),
    },
  });
}

function layer(
  payload: Uint8Array,
  own: Readonly<Record<string, string>>,
  signer: BundleSigner,
  { logEntry, timestamp, annotations = {} }: AttachedEvidence,
  mediaType?: string,
): SigstoreAttachment {
  const all: Readonly<Record<string, string | undefined>> = {
    ...own,
    ...(signer.type === "key"
      ? {}
      : {
          [cosignAnnotation.certificate]: encodePem("CERTIFICATE", signer.leaf.der),
          [cosignAnnotation.chain]: signer.leaf.chainPem,
        }),
    ...(logEntry === undefined ? {} : { [cosignAnnotation.bundle]: promiseAnnotation(logEntry) }),
    ...(timestamp === undefined
      ? {}
      : { [timestampAnnotation]: JSON.stringify({ SignedRFC3161Timestamp: base64(timestamp) }) }),
    ...annotations,
  };
  const kept = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return attachment(payload, Object.fromEntries(kept), mediaType);
}
