import { parseBundle } from "@countersign/engine/signature/sigstore/parse-bundle";
import { keyHint, type SigningParty } from "../signing-party.ts";
import type { Witnesses } from "../witness.ts";
import { envelopeJson, type MadeEnvelope } from "./envelope.ts";
import { requireVerifiable } from "./require-verifiable.ts";

export const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";

/**
 * Shows a signed statement to the witnesses, and puts it into a sigstore bundle, version 0.3.
 * Source: sigstore/protobuf-specs sigstore_bundle.proto.
 * @returns its JSON
 * @throws CountersignError SIGNING_SERVICE_FAILED
 */
export async function makeBundle(
  envelope: MadeEnvelope,
  party: SigningParty,
  { log, timestampAuthority }: Witnesses,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const timestamp = await timestampAuthority?.stamp(envelope.signature, signal);
  const receipt = await log?.takeEnvelope(envelope, party, signal);
  const bundle = Buffer.from(
    JSON.stringify({
      mediaType: bundleType,
      verificationMaterial: {
        ...signerJson(party),
        ...(receipt === undefined ? {} : { tlogEntries: [receipt.entry] }),
        ...(timestamp === undefined ? {} : { timestampVerificationData: timestampsJson(timestamp) }),
      },
      dsseEnvelope: envelopeJson(envelope),
    }),
  );
  requireVerifiable(() => parseBundle(bundle), party);
  return bundle;
}

function signerJson({ signer, certificate }: SigningParty) {
  return certificate === undefined
    ? { publicKey: { hint: keyHint(signer.publicKey) } }
    : { certificate: { rawBytes: Buffer.from(certificate.leaf).toString("base64") } };
}

function timestampsJson(timestamp: Uint8Array) {
  return { rfc3161Timestamps: [{ signedTimestamp: Buffer.from(timestamp).toString("base64") }] };
}
