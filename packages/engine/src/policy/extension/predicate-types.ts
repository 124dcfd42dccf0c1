import { CountersignError } from "../../values/error.ts";

/**
 * The short names of predicate types that cosign's `--type` and a ClusterImagePolicy take.
 * Source: cosign cmd/cosign/cli/options/predicate.go, PredicateTypeMap.
 */
export const predicateTypes: ReadonlyMap<string, string> = new Map([
  ["custom", "https://cosign.sigstore.dev/attestation/v1"],
  ["slsaprovenance", "https://slsa.dev/provenance/v0.2"],
  ["slsaprovenance02", "https://slsa.dev/provenance/v0.2"],
  ["slsaprovenance1", "https://slsa.dev/provenance/v1"],
  ["spdx", "https://spdx.dev/Document"],
  ["spdxjson", "https://spdx.dev/Document"],
  ["cyclonedx", "https://cyclonedx.org/bom"],
  ["link", "https://in-toto.io/Link/v1"],
  ["vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"],
  ["openvex", "https://openvex.dev/ns"],
]);

/** What `cosign sign` puts into a bundle: a signature, which attests nothing. */
const signatureType = "https://sigstore.dev/cosign/sign/v1";

/** @throws CountersignError POLICY_INVALID for what is neither a short name nor a URI */
export function parsePredicateType(text: string): string {
  const type = predicateTypes.get(text) ?? text;
  if (type === signatureType) {
    throw new CountersignError("POLICY_INVALID", "this is the type of signatures, which attest nothing");
  }
  if (/^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/.test(type)) return type;
  const known = [...predicateTypes.keys()].join(", ");
  throw new CountersignError("POLICY_INVALID", `a URI or one of ${known} is expected`);
}
