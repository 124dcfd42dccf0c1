import type { Digest } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import type { SigstoreAttachment, UnverifiedSignature } from "./ports.ts";

/** All that a judgement depends on besides the policy and the image's name. Nothing of it is believed yet. */
export interface Evidence {
  /** of the manifest that would run: the instance's, if an index led to it; undefined if it was not fetched */
  readonly manifestDigest: Digest | undefined;
  /** of the index that led to it; undefined if none did */
  readonly indexDigest: Digest | undefined;
  /** what containers/image would find */
  readonly signatures: Found;
  /** what cosign, old and new, stored for the image, by {@link attachmentNeedKey} */
  readonly attachments: ReadonlyMap<string, Found>;
  /** by path, every file that the plan names; a file that cannot be read matters only once it is needed */
  readonly trustFiles: ReadonlyMap<string, TrustFile>;
  /** the `trusted_root.json` of each TUF repository that the plan names, by {@link trustRepositoryKey} */
  readonly trustedRoots: ReadonlyMap<string, TrustFile>;
  /** seconds since 1970 */
  readonly now: number;
}

/** What was stored in one place, or why that could not be found out: it matters only to who has to know. */
export type Found = readonly UnverifiedSignature[] | CountersignError;

/** @throws CountersignError if it could not be found out */
export function storedOf({ signatures }: Evidence): readonly UnverifiedSignature[] {
  if (signatures instanceof CountersignError) throw signatures;
  return signatures;
}

export type TrustFile =
  | { readonly type: "read"; readonly bytes: Uint8Array }
  | { readonly type: "failed"; readonly error: CountersignError };

/** Of an image that nobody has looked at. */
export const noEvidence: Evidence = {
  manifestDigest: undefined,
  indexDigest: undefined,
  signatures: [],
  attachments: new Map(),
  trustFiles: new Map(),
  trustedRoots: new Map(),
  now: 0,
};

/** What cosign calls a signature; a sigstore attachment of any other type is none. */
const cosignSignature = "application/vnd.dev.cosign.simplesigning.v1+json";

export function isCosignSignature(signature: UnverifiedSignature): signature is SigstoreAttachment {
  return signature.type === "sigstore" && signature.mediaType === cosignSignature;
}

/** Whether a requirement of containers/image may count it, of whichever kind. */
export function isSignature(signature: UnverifiedSignature): boolean {
  return signature.type === "simpleSigning" || isCosignSignature(signature);
}
