import type { HashAlgorithm } from "@countersign/engine/signature/sigstore/signed-data";
import { preAuthEncoding } from "@countersign/engine/signature/sigstore/signed-data";
import type { Signer } from "../keys/signer.ts";

/** A signed statement. Source: secure-systems-lab/dsse envelope.md. */
export interface MadeEnvelope {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** what was signed: the payload together with its type */
  readonly signed: Uint8Array;
  readonly hash: HashAlgorithm;
}

const payloadType = "application/vnd.in-toto+json";

export async function signEnvelope(
  signer: Signer,
  payload: Uint8Array,
  hash: HashAlgorithm,
  signal: AbortSignal,
): Promise<MadeEnvelope> {
  const signed = preAuthEncoding({ payloadType, payload });
  return { payload, signed, hash, signature: await signer.sign(signed, hash, signal) };
}

/** As bundles, logs and `.att` layers hold it. */
export function envelopeJson({ payload, signature }: Pick<MadeEnvelope, "payload" | "signature">) {
  return { payload: base64(payload), payloadType, signatures: [{ sig: base64(signature) }] };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
