import { quote } from "../../values/go-format.ts";
import type { CertificateWork } from "../certificate-work.ts";
import { refuse } from "../invalid.ts";
import { parseBundle } from "./parse-bundle.ts";
import { digestOfSigned, hashAlgorithms } from "./signed-data.ts";
import { isAbout, parseStatement, type Statement } from "./statement.ts";
import type { TrustedRoot } from "./trusted-root.ts";
import type { Artifact, Demands, ExpectedSigner, VerifiedEntity, VerifiedSigner } from "./verified-entity.ts";
import { verifyEntity } from "./verify-entity.ts";

/** Whether a bundle vouches for an artifact, by somebody in particular. */
export interface BundleQuestion {
  readonly artifact: Artifact;
  readonly signer: (ExpectedSigner & { readonly type: "key" }) | ExpectedIdentity;
  readonly trust: TrustedRoot;
  readonly demands: Demands;
}

/** Both compared letter by letter. */
export interface ExpectedIdentity {
  readonly type: "identity";
  /** any one of the certificate's names */
  readonly name: string;
  readonly issuer: string;
}

export interface VerifiedBundle {
  readonly entity: VerifiedEntity;
  /** what the signer says of the artifact; undefined if the artifact itself was signed */
  readonly statement: Statement | undefined;
}

/**
 * Verifies a bundle over an artifact: the artifact's own signature, or a statement of which it is a subject.
 * Source: sigstore/architecture-docs client-spec.md §4; the questions of sigstore-conformance.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function verifyBundle(
  bundle: Uint8Array,
  { artifact, signer, trust, demands }: BundleQuestion,
  work: CertificateWork,
): VerifiedBundle {
  const expected: ExpectedSigner = signer.type === "key" ? signer : { type: "certificate" };
  const entity = verifyEntity(parseBundle(bundle), { signer: expected, trust, demands, artifact }, work);
  if (signer.type === "identity") requireIdentity(entity.signer, signer);
  if (entity.content.type === "message") return { entity, statement: undefined };
  const statement = parseStatement(entity.content);
  const isSubject = hashAlgorithms.some((algorithm) => {
    const digest = digestOfSigned(artifact, algorithm);
    return digest !== undefined && isAbout(statement, algorithm, Buffer.from(digest).toString("hex"));
  });
  if (!isSubject) refuse("statement: the artifact is none of its subjects");
  return { entity, statement };
}

function requireIdentity(signer: VerifiedSigner, { name, issuer }: ExpectedIdentity): void {
  const { names: certified, issuer: vouching } =
    signer.type === "certificate" ? signer : refuse("signed with a key, where a certificate is expected");
  const names = certified.map(({ value }) => quote(value)).join(", ");
  if (!certified.some(({ value }) => value === name)) {
    refuse(`the certificate is for ${names || "nobody"}, not ${quote(name)}`);
  }
  if (vouching !== issuer) {
    refuse(`the certificate was issued on the word of ${quote(vouching ?? "")}, not ${quote(issuer)}`);
  }
}
