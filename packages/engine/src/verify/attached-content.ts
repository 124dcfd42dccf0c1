import { refuse } from "../signature/invalid.ts";
import { parseCosignPayload } from "../signature/signed-payload.ts";
import type { SignedEntity } from "../signature/sigstore/signed-entity.ts";
import { parseStatement, type Statement, type Subject } from "../signature/sigstore/statement.ts";
import { isDigest } from "../values/digest.ts";
import { quote } from "../values/go-format.ts";
import { claimsOf } from "./claims-of.ts";
import type { SigstoreAttachment, StoredBundle, UnreadableAttachment } from "./ports.ts";
import type { SignedClaims } from "./verdict.ts";

/** What cosign, old and new, stores beside an image, and what might have been that. */
export type Attached = SigstoreAttachment | StoredBundle | UnreadableAttachment;

/** What somebody signed. */
export interface AttachedContent {
  /** what it is about: usually one image under one name */
  readonly subjects: readonly SignedClaims[];
  /** undefined for a signature that is none */
  readonly statement: Statement | undefined;
}

/**
 * Reads what was signed. To be believed once the entity is verified.
 * @param predicateType what a statement has to be
 * @throws CountersignError SIGNATURE_INVALID
 */
export function readContent(
  attached: Attached,
  { content }: SignedEntity,
  predicateType: string,
): AttachedContent {
  if (content.type === "envelope") {
    const statement = parseStatement(content);
    if (statement.predicateType !== predicateType) {
      refuse(`its statement is of type ${quote(statement.predicateType)}, not ${quote(predicateType)}`);
    }
    return { statement, subjects: statement.subjects.flatMap(claimsOfSubject) };
  }
  if (attached.type === "sigstore") {
    return { statement: undefined, subjects: [claimsOf(parseCosignPayload(attached.payload))] };
  }
  if (content.digest === undefined) return refuse("it does not say which manifest it signs");
  const { algorithm, value } = content.digest;
  const digest = `${algorithm}:${Buffer.from(value).toString("hex")}`;
  if (!isDigest(digest)) return refuse("what it signs has no digest");
  return { statement: undefined, subjects: [{ digest, identity: undefined }] };
}

/** An annotation of OCI's: a subject's name is then free for what attestations give. */
const nameAnnotation = "org.opencontainers.image.ref.name";

/**
 * The name that a subject is signed under. cosign 3 writes none into signatures unless it is told to (`-a`), and the
 * repository into attestations' `name`, as actions/attest-build-provenance does.
 */
function claimsOfSubject({ name, digests, annotations }: Subject): readonly SignedClaims[] {
  const identity = annotations.get(nameAnnotation) ?? (name === "" ? undefined : name);
  return [...digests].flatMap(([algorithm, hex]) => {
    const digest = `${algorithm}:${hex.toLowerCase()}`;
    return isDigest(digest) ? [{ digest, identity }] : [];
  });
}
