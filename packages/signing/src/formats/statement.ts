import { imageSignatureType } from "@countersign/engine/signature/sigstore/statement";
import { type Digest, digestAlgorithm, digestHex } from "@countersign/engine/values/digest";
import type { Annotations } from "../annotations.ts";

/** An image that a statement is about, under one or more names. */
export interface StatementSubject {
  readonly digest: Digest;
  /** one subject each, so that whoever asks for one of the names finds it; none: a subject without a name */
  readonly names: readonly string[];
  readonly annotations: Annotations;
}

/** What is said, as in-toto has it. */
export interface Predicate {
  readonly type: string;
  /** JSON as it was written: numbers keep every digit */
  readonly json: string;
}

/** `cosign sign` since version 3: that it was signed, and nothing else. */
export const imageSignaturePredicate: Predicate = { type: imageSignatureType, json: "{}" };

/**
 * An in-toto statement, version 1, in JSON. cosign gives the subject of a signature no name; ours says under which names
 * the image was signed, where `docker-reference` did before.
 * Source: in-toto/attestation spec/v1/statement.md.
 */
export function statement(subject: StatementSubject, { type, json }: Predicate): Uint8Array {
  const head = JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: subjectsOf(subject),
    predicateType: type,
  });
  return Buffer.from(`${head.slice(0, -1)},"predicate":${json}}`);
}

function subjectsOf({ digest, names, annotations }: StatementSubject) {
  const digests = { [digestAlgorithm(digest)]: digestHex(digest) };
  const more = annotations.size === 0 ? {} : { annotations: Object.fromEntries(annotations) };
  const named = names.map((name) => ({ name, digest: digests, ...more }));
  return named.length === 0 ? [{ digest: digests, ...more }] : named;
}
