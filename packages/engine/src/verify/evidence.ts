import type { Digest } from "../values/digest.ts";
import type { CountersignError } from "../values/error.ts";
import type { SigstoreAttachment, UnverifiedSignature } from "./ports.ts";

/** All that a judgement depends on besides the policy and the image's name. Nothing of it is believed yet. */
export interface Evidence {
  /** of the manifest that would run: the instance's, if an index led to it; undefined if it was not fetched */
  readonly manifestDigest: Digest | undefined;
  readonly signatures: readonly UnverifiedSignature[];
  /** by path, every file that the plan names; a file that cannot be read matters only once it is needed */
  readonly trustFiles: ReadonlyMap<string, TrustFile>;
  /** seconds since 1970 */
  readonly now: number;
}

export type TrustFile =
  | { readonly type: "read"; readonly bytes: Uint8Array }
  | { readonly type: "failed"; readonly error: CountersignError };

/** What cosign calls a signature; a sigstore attachment of any other type is none. */
const cosignSignature = "application/vnd.dev.cosign.simplesigning.v1+json";

export function isCosignSignature(signature: UnverifiedSignature): signature is SigstoreAttachment {
  return signature.type === "sigstore" && signature.mediaType === cosignSignature;
}

/** Whether a requirement may count it, of whichever kind. */
export function isSignature(signature: UnverifiedSignature): boolean {
  return signature.type === "simpleSigning" || isCosignSignature(signature);
}
