import { hash } from "node:crypto";
import { certificateWork } from "@countersign/engine/signature/certificate-work";
import { refuse } from "@countersign/engine/signature/invalid";
import { parsePublicKeyPem } from "@countersign/engine/signature/public-key-pem";
import { parseBundle } from "@countersign/engine/signature/sigstore/parse-bundle";
import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import { isAbout, parseStatement } from "@countersign/engine/signature/sigstore/statement";
import type { Artifact, VerifiedEntity } from "@countersign/engine/signature/sigstore/verified-entity";
import { verifyEntity } from "@countersign/engine/signature/sigstore/verify-entity";
import type { SigningKey } from "../signing-key.ts";

/** What a bundle is verified with, as sigstore-conformance asks its clients. */
export interface BundleQuestion {
  readonly bundle: Uint8Array;
  readonly trustedRoot: Uint8Array;
  readonly artifact: Artifact;
  readonly signer: BundleQuestionSigner;
  /** seconds since 1970 */
  readonly now: number;
}

export type BundleQuestionSigner =
  | { readonly type: "key"; readonly key: Pick<SigningKey, "publicKeyPem"> }
  | { readonly type: "identity"; readonly subject: string; readonly issuer: string };

/** Lets the engine verify: one log, one promise to show the certificate, the right signer, the right artifact. */
export function verifyByEngine({
  bundle,
  trustedRoot,
  artifact,
  signer,
  now,
}: BundleQuestion): VerifiedEntity {
  const entity = parseBundle(bundle);
  const verified = verifyEntity(
    entity,
    {
      signer:
        signer.type === "key"
          ? {
              type: "key",
              keys: [parsePublicKeyPem(Buffer.from(signer.key.publicKeyPem))],
              hashAlgorithm: undefined,
            }
          : { type: "certificate" },
      trust: parseTrustedRoot(trustedRoot),
      demands: { logs: 1, timestamps: 0, scts: 1, now },
      artifact: entity.content.type === "message" ? artifact : undefined,
    },
    certificateWork(),
  );
  requireSubject(verified, artifact);
  requireIdentity(verified, signer);
  return verified;
}

/** A message signature is about the artifact by what it signs; a statement says what it is about. */
function requireSubject({ content }: VerifiedEntity, artifact: Artifact): void {
  if (content.type === "message") return;
  const hex =
    artifact.type === "bytes" ? hash("sha256", artifact.bytes) : Buffer.from(artifact.value).toString("hex");
  if (!isAbout(parseStatement(content), "sha256", hex)) refuse("the statement is about something else");
}

function requireIdentity({ signer }: VerifiedEntity, expected: BundleQuestionSigner): void {
  if (expected.type === "key") return;
  const isSigner =
    signer.type === "certificate" &&
    signer.issuer === expected.issuer &&
    signer.names.some(({ value }) => value === expected.subject);
  if (!isSigner) refuse("signed by somebody else");
}
