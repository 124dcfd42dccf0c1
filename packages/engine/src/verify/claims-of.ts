import type { SignedPayload } from "../signature/signed-payload.ts";
import type { SignedClaims } from "./verdict.ts";

/** What a payload says, in the words of a verdict. */
export function claimsOf({ manifestDigest, dockerReference }: SignedPayload): SignedClaims {
  return { digest: manifestDigest, identity: dockerReference };
}
