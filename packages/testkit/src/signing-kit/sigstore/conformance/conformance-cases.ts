import { bundleCases } from "./bundle-cases.ts";
import { certificateCases } from "./certificate-cases.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { keyCases } from "./key-cases.ts";
import { logCases } from "./log-cases.ts";
import { rekorTilesCases } from "./rekor-tiles-cases.ts";
import { timestampCases } from "./timestamp-cases.ts";

/**
 * As much as sigstore-conformance asks, made here, and what it does not ask: each of its 70 cases by its name, then
 * kinds of keys, windows, duplicates.
 */
export function conformanceCases(): readonly ConformanceCase[] {
  return [
    ...bundleCases(),
    ...certificateCases(),
    ...logCases(),
    ...rekorTilesCases(),
    ...timestampCases(),
    ...keyCases(),
  ];
}

/** The case directories of sigstore-conformance a73de49, `bundle-verify`. */
export const upstreamCases: readonly string[] = [
  ...["happy-path-v0.1", "happy-path-v0.2", "happy-path-v0.3", "happy-path-v0.3-new-mediaType"],
  ...["happy-path-intoto-in-dsse-v3", "bundle-with-sct-with-extensions", "intoto-with-custom-trust-root"],
  ...[
    "managed-key-happy-path",
    "managed-key-and-trusted-root",
    "rekor2-happy-path",
    "rekor2-dsse-happy-path",
  ],
  ...[
    "rekor2-checkpoint-cosigned",
    "rekor2-checkpoint-multiple-cosigs",
    "rekor2-checkpoint-origin-not-first",
  ],
  ...["rekor2-checkpoint-two-sigs-cosigned", "rekor2-checkpoint-two-sigs-from-origin"],
  ...["rekor2-timestamp-with-embedded-cert", "rekor2-timestamp-without-embedded-cert"],
  ...["rekor2-timestamp-with-expired-cert-chain", "trust-root-tlog-validity-end-inclusive"],
  ...["trust-root-tsa-validity-end-inclusive", "bundle-empty-certificate-chain_fail"],
  ...[
    "bundle-from-wrong-instance_fail",
    "bundle-invalid-base64-signature_fail",
    "bundle-malformed-json_fail",
  ],
  ...["bundle-negative-log-index_fail", "bundle-unknown-version_fail", "bundle-with-root-cert_fail"],
  ...["checkpoint-bad-keyhint_fail", "checkpoint-wrong-roothash_fail", "dsse-invalid-sig_fail"],
  ...["dsse-mismatch-envelope_fail", "dsse-mismatch-sig_fail", "rekor2-dsse-invalid-sig_fail"],
  ...["rekor2-dsse-mismatch-envelope_fail", "rekor2-dsse-mismatch-sig_fail"],
  ...["inclusion-proof-corrupted-hash_fail", "incorrect-public-key_fail", "integrated-time-in-future_fail"],
  ...["intoto-expired-certificate_fail", "intoto-log-entry-mismatch_fail"],
  ...["intoto-missing-inclusion-proof_fail", "intoto-set-outside-signing-cert-validity_fail"],
  ...["intoto-tsa-timestamp-outside-cert-validity_fail", "invalid-checkpoint-signature_fail"],
  ...["invalid-ct-key_fail", "invalid-inclusion-proof_fail", "managed-key-no-key_fail"],
  ...["managed-key-wrong-key_fail", "message-digest-mismatch_fail"],
  ...["rekor2-checkpoint-missing-log-signature_fail", "rekor2-checkpoint-missing-origin_fail"],
  ...["rekor2-checkpoint-missing-root-hash_fail", "rekor2-checkpoint-missing-size_fail"],
  ...["rekor2-checkpoint-no-matching-signature_fail", "rekor2-no-inclusion-proof_fail"],
  ...["rekor2-no-timestamp_fail", "rekor2-timestamp-outside-trust-root-tsa-validity_fail"],
  ...["rekor2-timestamp-outside-tsa-cert-validity_fail", "rekor2-timestamp-payload-mismatch_fail"],
  ...["rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail"],
  ...["rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail"],
  ...["rekor2-timestamp-with-incorrect-time_fail", "set-invalid-signature_fail", "signature-mismatch_fail"],
  ...["trust-root-tlog-missing-validity-start_fail", "wrong-hashedrekord-artifact_fail"],
  ...["wrong-hashedrekord-cert-and-sig_fail", "wrong-hashedrekord-entry_fail", "wrong-material_fail"],
];
