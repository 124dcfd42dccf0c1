import type { Digest } from "@countersign/engine/values/digest";

/** An in-toto statement, and what cosign leaves out of it by default. */
export interface StatementProfile {
  readonly subjects: readonly SubjectProfile[];
  readonly predicateType: string;
  /** default an empty object */
  readonly predicate?: unknown;
  /** `_type`; default that of version 1 */
  readonly type?: string;
}

export interface SubjectProfile {
  /** cosign gives none to a signature's subject, and the repository to an attestation's */
  readonly name?: string;
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const predicateTypes = {
  /** what makes a statement a signature */
  signature: "https://sigstore.dev/cosign/sign/v1",
  provenance: "https://slsa.dev/provenance/v1",
  vulnerabilities: "https://cosign.sigstore.dev/attestation/vuln/v1",
  spdx: "https://spdx.dev/Document",
  cycloneDx: "https://cyclonedx.org/bom",
} as const;

export function statement({ subjects, predicateType, predicate = {}, type }: StatementProfile): Uint8Array {
  const _type = type ?? "https://in-toto.io/Statement/v1";
  return Buffer.from(JSON.stringify({ _type, subject: subjects, predicateType, predicate }));
}

/** What `cosign sign` 3 signs for an image: its digest alone, no name. */
export function imageSignature(digest: Digest): Uint8Array {
  return statement({ subjects: [subjectOf(digest)], predicateType: predicateTypes.signature });
}

/** An image as a statement's subject. */
export function subjectOf(digest: Digest, name?: string): SubjectProfile {
  const [algorithm = "", hex = ""] = digest.split(":");
  return { ...(name === undefined ? {} : { name }), digest: { [algorithm]: hex } };
}
