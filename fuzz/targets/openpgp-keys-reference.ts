import { signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { mutateOpenPgp } from "../mutate/openpgp.ts";
import type { Target } from "../target.ts";
import { alice, document, keyFiles } from "./openpgp-signers.ts";
import { openHere, openOpenPgpComparison } from "./skopeo-openpgp.ts";

const longestLine = 19_900;

/** A file of OpenPGP keys: where it lets Alice sign here, it does so for gpg. */
export async function openTarget(): Promise<Target> {
  const comparison = await openOpenPgpComparison();
  const message = signedMessage(alice, document);
  return {
    seeds: keyFiles,
    mutate: mutateOpenPgp,
    glance: (input) => openHere(message, input).outcome,
    async check(input) {
      // gpg reads a line to see whether there is armor, and loses what a longer one has more, packets or not.
      if (!Buffer.from(input.subarray(0, longestLine)).includes("\n") && input.length > longestLine)
        return "a long line";
      return await comparison.compare(message, input);
    },
    close: () => comparison.close(),
  };
}
