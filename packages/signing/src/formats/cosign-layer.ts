import { cosignAnnotation } from "@countersign/engine/signature/cosign-annotation";
import {
  cosignEntity,
  dsseEnvelopeType,
  simpleSigningType,
} from "@countersign/engine/signature/sigstore/cosign-entity";
import type { SignedEntity } from "@countersign/engine/signature/sigstore/signed-entity";
import { CountersignError } from "@countersign/engine/values/error";
import { certificatePem, type SigningParty } from "../signing-party.ts";
import type { LogReceipt, Witnesses } from "../witness.ts";
import { envelopeJson, type MadeEnvelope } from "./envelope.ts";
import { requireVerifiable } from "./require-verifiable.ts";

/** A layer of a `.sig` or `.att` manifest, as cosign stored signatures before there were bundles. */
export interface CosignLayer {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Signs a payload, always with SHA-256, which is all that readers of this format verify.
 * Source: cosign specs/SIGNATURE_SPEC.md.
 * @throws CountersignError SIGNER_FAILED, SIGNING_SERVICE_FAILED
 */
export async function signatureLayer(
  payload: Uint8Array,
  party: SigningParty,
  { log, timestampAuthority }: Witnesses,
  signal: AbortSignal,
): Promise<CosignLayer> {
  const signature = await party.signer.sign(payload, "sha256", signal);
  const timestamp = await timestampAuthority?.stamp(signature, signal);
  const receipt = await log?.takeMessage({ message: payload, signature }, party, signal);
  const layer = {
    mediaType: simpleSigningType,
    bytes: payload,
    annotations: {
      [cosignAnnotation.signature]: Buffer.from(signature).toString("base64"),
      ...proofs(party, receipt, timestamp),
    },
  };
  requireVerifiable(() => entityOf(layer), party, payload);
  return layer;
}

/**
 * Source: cosign specs/ATTESTATION_SPEC.md.
 * @throws CountersignError SIGNING_SERVICE_FAILED
 */
export async function attestationLayer(
  envelope: MadeEnvelope,
  predicateType: string,
  party: SigningParty,
  { log, timestampAuthority }: Witnesses,
  signal: AbortSignal,
): Promise<CosignLayer> {
  const timestamp = await timestampAuthority?.stamp(envelope.signature, signal);
  const receipt = await log?.takeEnvelope(envelope, party, signal);
  const layer = {
    mediaType: dsseEnvelopeType,
    bytes: Buffer.from(JSON.stringify(envelopeJson(envelope))),
    annotations: {
      [cosignAnnotation.signature]: "",
      predicateType,
      ...proofs(party, receipt, timestamp),
    },
  };
  requireVerifiable(() => entityOf(layer), party);
  return layer;
}

function entityOf({ mediaType, bytes, annotations }: CosignLayer): SignedEntity {
  return cosignEntity({ mediaType, payload: bytes, annotations: new Map(Object.entries(annotations)) });
}

function proofs(
  { certificate }: SigningParty,
  receipt: LogReceipt | undefined,
  timestamp: Uint8Array | undefined,
): Readonly<Record<string, string>> {
  return {
    ...(certificate === undefined
      ? {}
      : {
          [cosignAnnotation.certificate]: certificatePem(certificate.leaf),
          [cosignAnnotation.chain]: certificate.chain.map(certificatePem).join(""),
        }),
    ...(receipt === undefined ? {} : { [cosignAnnotation.bundle]: promiseOf(receipt) }),
    ...(timestamp === undefined ? {} : { [cosignAnnotation.timestamp]: timestampJson(timestamp) }),
  };
}

function promiseOf({ promise }: LogReceipt): string {
  if (promise !== undefined) return promise;
  throw new CountersignError(
    "USAGE",
    "cosign's old format has no place for what this log (Rekor v2) gives: write --format bundle, or use another log",
  );
}

function timestampJson(timestamp: Uint8Array): string {
  return JSON.stringify({ SignedRFC3161Timestamp: Buffer.from(timestamp).toString("base64") });
}
