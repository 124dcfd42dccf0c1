import { readLoggedSignature } from "@countersign/engine/signature/sigstore/read-logged-signature";
import {
  type GoodSignature,
  requireSameSignature,
} from "@countersign/engine/signature/sigstore/require-same-signature";
import { signedData } from "@countersign/engine/signature/sigstore/signed-data";
import type { SignedEntity } from "@countersign/engine/signature/sigstore/signed-entity";
import { CountersignError } from "@countersign/engine/values/error";
import type { SigningParty } from "../signing-party.ts";

/**
 * What logs and timestamp authorities answered is in it as it came. Whether they are to be trusted is for those who
 * verify; that nobody can read it, or that a log took something else, is better said before it is published.
 * @param message - what was signed, where the entity does not bring it along
 * @throws CountersignError SIGNING_SERVICE_FAILED
 */
export function requireVerifiable(
  read: () => SignedEntity,
  { signer, certificate }: SigningParty,
  message?: Uint8Array,
): void {
  try {
    const { content, logEntries } = read();
    const good: GoodSignature = {
      content,
      data: signedData(content, message && { type: "bytes", bytes: message }),
      signer:
        certificate === undefined
          ? { type: "key", key: signer.publicKey }
          : { type: "certificate", leaf: certificate.leaf },
    };
    for (const entry of logEntries) requireSameSignature(readLoggedSignature(entry), good);
  } catch (caught) {
    const { message: why } = CountersignError.from(caught);
    throw new CountersignError(
      "SIGNING_SERVICE_FAILED",
      `what the services answered makes no signature that could be verified: ${why}`,
    );
  }
}
