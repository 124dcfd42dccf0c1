import { signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { mutateOpenPgp } from "../mutate/openpgp.ts";
import type { Target } from "../target.ts";
import { alice, document, keyFiles } from "./openpgp-signers.ts";
import { openHere, openOpenPgpComparison } from "./skopeo-openpgp.ts";

/** A file of OpenPGP keys: where it lets Alice sign here, it does so for gpg. */
export async function openTarget(): Promise<Target> {
  const comparison = await openOpenPgpComparison();
  const message = signedMessage(alice, document);
  return {
    seeds: keyFiles,
    mutate: mutateOpenPgp,
    glance: (input) => openHere(message, input).outcome,
    check: (input) => comparison.compare(message, input),
    close: () => comparison.close(),
  };
}
