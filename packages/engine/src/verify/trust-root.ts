import type { FulcioTrust, PkiTrust, SigstoreTrust, TrustSource } from "../policy/policy.ts";
import { emptyPool } from "../signature/certificate-pool.ts";
import { parseAnchors, parseIntermediates } from "../signature/certificates-pem.ts";
import type { FulcioIdentity } from "../signature/fulcio-identity.ts";
import { reasonOf } from "../signature/invalid.ts";
import type { PkiIdentity } from "../signature/pki-identity.ts";
import type { PublicKey } from "../signature/public-key.ts";
import { parsePublicKeyPem } from "../signature/public-key-pem.ts";
import type { RekorKey } from "../signature/rekor-set.ts";
import { CountersignError } from "../values/error.ts";
import type { TrustFile } from "./evidence.ts";
import { readTrustSource } from "./trust-source.ts";

/** A requirement's keys and CAs, parsed: whom it trusts. */
export type TrustRoot =
  | {
      readonly type: "keys";
      readonly keys: readonly PublicKey[];
      readonly rekor: readonly RekorKey[] | undefined;
    }
  | { readonly type: "fulcio"; readonly identity: FulcioIdentity; readonly rekor: readonly RekorKey[] }
  | { readonly type: "pki"; readonly identity: PkiIdentity };

/**
 * Parses what the policy trusts; parsing is remembered by content. Each source is first read whole, then parsed, in
 * the reference's order, so that its first complaint is ours.
 * Source: containers/image signature/policy_eval_sigstore.go, prepareTrustRoot.
 * @throws CountersignError TRUST_FILE_UNREADABLE or TRUST_MATERIAL_INVALID, with the reference's words
 */
export function loadTrustRoot(trust: SigstoreTrust, files: ReadonlyMap<string, TrustFile>): TrustRoot {
  switch (trust.type) {
    case "keys": {
      const keys = readTrustSource(trust.keys, files).map((pem, at) =>
        parseKey(pem, `parsing public key ${at + 1}: `),
      );
      const rekor = trust.rekor === undefined ? undefined : loadRekorKeys(trust.rekor, files);
      return { type: "keys", keys, rekor };
    }
    case "fulcio": {
      const identity = loadFulcio(trust.fulcio, files);
      return { type: "fulcio", identity, rekor: loadRekorKeys(trust.rekor, files) };
    }
    case "pki":
      return { type: "pki", identity: loadPki(trust.pki, files) };
  }
}

function loadRekorKeys(source: TrustSource, files: ReadonlyMap<string, TrustFile>): readonly RekorKey[] {
  return readTrustSource(source, files).map((pem, at) => {
    const key = parseKey(pem, `parsing Rekor public key ${at + 1}: `);
    if (key.type !== "ecdsa") throw invalid(`Rekor public key ${at + 1} is not using ECDSA`);
    return key;
  });
}

function loadFulcio(
  { ca, oidcIssuer, subjectEmail }: FulcioTrust,
  files: ReadonlyMap<string, TrustFile>,
): FulcioIdentity {
  const anchors = parseAnchors(readOnly(ca, files));
  if (anchors === undefined) throw invalid("error loading Fulcio CA certificates");
  return { anchors, oidcIssuer, subjectEmail };
}

function loadPki(
  { roots, intermediates, subjectEmail, subjectHostname }: PkiTrust,
  files: ReadonlyMap<string, TrustFile>,
): PkiIdentity {
  const anchors = parseAnchors(readOnly(roots, files));
  if (anchors === undefined) throw invalid("error loading PKI CA Roots certificates");
  const pool = intermediates === undefined ? emptyPool : loadIntermediates(readOnly(intermediates, files));
  return { anchors, intermediates: pool, subjectEmail, subjectHostname };
}

function loadIntermediates(pem: Uint8Array) {
  try {
    return parseIntermediates(pem);
  } catch (caught) {
    throw invalid(`loading trusted intermediate certificates: ${reasonOf(caught)}`);
  }
}

function parseKey(pem: Uint8Array, prefix: string): PublicKey {
  try {
    return parsePublicKeyPem(pem);
  } catch (caught) {
    throw invalid(`${prefix}${reasonOf(caught)}`);
  }
}

/** CA sources hold one file or one text. */
function readOnly(source: TrustSource, files: ReadonlyMap<string, TrustFile>): Uint8Array {
  const [bytes] = readTrustSource(source, files);
  if (bytes === undefined) throw invalid("the policy names no certificates");
  return bytes;
}

function invalid(message: string): CountersignError {
  return new CountersignError("TRUST_MATERIAL_INVALID", message);
}
