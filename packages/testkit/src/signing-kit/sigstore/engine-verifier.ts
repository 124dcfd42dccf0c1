import { hash } from "node:crypto";
import { certificateWork } from "@countersign/engine/signature/certificate-work";
import { parsePublicKeyPem } from "@countersign/engine/signature/public-key-pem";
import { parseBundle } from "@countersign/engine/signature/sigstore/parse-bundle";
import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import { isAbout, parseStatement } from "@countersign/engine/signature/sigstore/statement";
import type {
  Artifact,
  Demands,
  VerifiedEntity,
} from "@countersign/engine/signature/sigstore/verified-entity";
import { verifyEntity } from "@countersign/engine/signature/sigstore/verify-entity";
import { CountersignError } from "@countersign/engine/values/error";
import type { SigningKey } from "../signing-key.ts";

/** What a bundle is verified with, as sigstore-conformance asks its clients. */
export interface BundleQuestion {
  readonly bundle: Uint8Array;
  readonly trustedRoot: Uint8Array;
  readonly artifact: Artifact;
  readonly signer: BundleQuestionSigner;
  /** seconds since 1970 */
  readonly now: number;
  /** default one log, and one promise to show the certificate */
  readonly demands?: Partial<Demands>;
}

export type BundleQuestionSigner =
  | { readonly type: "key"; readonly key: Pick<SigningKey, "publicKeyPem"> }
  | { readonly type: "identity"; readonly subject: string; readonly issuer: string };

/** @throws CountersignError SIGNATURE_INVALID */
export type BundleVerifier = (question: BundleQuestion) => VerifiedEntity;

/** The parts of the engine that verify a bundle. */
interface EngineParts {
  readonly parsePublicKeyPem: typeof parsePublicKeyPem;
  readonly parseBundle: typeof parseBundle;
  readonly parseTrustedRoot: typeof parseTrustedRoot;
  readonly verifyEntity: typeof verifyEntity;
  readonly certificateWork: typeof certificateWork;
  readonly parseStatement: typeof parseStatement;
  readonly isAbout: typeof isAbout;
}

/** Lets the engine verify: enough logs and promises, the right signer, the right artifact. */
export const verifyByEngine: BundleVerifier = verifierOf({
  parsePublicKeyPem,
  parseBundle,
  parseTrustedRoot,
  verifyEntity,
  certificateWork,
  parseStatement,
  isAbout,
});

/** Lets another engine verify: a copy of ours, say. @param load a module of it, by its path below src */
export async function loadBundleVerifier(load: (path: string) => Promise<unknown>): Promise<BundleVerifier> {
  const files = [
    "signature/public-key-pem.ts",
    "signature/certificate-work.ts",
    ...["parse-bundle", "parse-trusted-root", "verify-entity", "statement"].map(
      (name) => `signature/sigstore/${name}.ts`,
    ),
  ];
  const modules = await Promise.all(files.map(load));
  return verifierOf(Object.assign({}, ...modules));
}

function verifierOf(engine: EngineParts): BundleVerifier {
  return ({ bundle, trustedRoot, artifact, signer, now, demands = {} }) => {
    const entity = engine.parseBundle(bundle);
    const verified = engine.verifyEntity(
      entity,
      {
        signer:
          signer.type === "key"
            ? {
                type: "key",
                keys: [engine.parsePublicKeyPem(Buffer.from(signer.key.publicKeyPem))],
                hashAlgorithm: undefined,
              }
            : { type: "certificate" },
        trust: engine.parseTrustedRoot(trustedRoot),
        demands: { logs: 1, timestamps: 0, scts: 1, now, ...demands },
        artifact: entity.content.type === "message" ? artifact : undefined,
      },
      engine.certificateWork(),
    );
    requireSubject(engine, verified, artifact);
    requireIdentity(verified, signer);
    return verified;
  };
}

/** A message signature is about the artifact by what it signs; a statement says what it is about. */
function requireSubject(engine: EngineParts, { content }: VerifiedEntity, artifact: Artifact): void {
  if (content.type === "message") return;
  const hex =
    artifact.type === "bytes" ? hash("sha256", artifact.bytes) : Buffer.from(artifact.value).toString("hex");
  if (!engine.isAbout(engine.parseStatement(content), "sha256", hex)) {
    throw new CountersignError("SIGNATURE_INVALID", "the statement is about something else");
  }
}

function requireIdentity({ signer }: VerifiedEntity, expected: BundleQuestionSigner): void {
  if (expected.type === "key") return;
  const isSigner =
    signer.type === "certificate" &&
    signer.issuer === expected.issuer &&
    signer.names.some(({ value }) => value === expected.subject);
  if (!isSigner) throw new CountersignError("SIGNATURE_INVALID", "signed by somebody else");
}
