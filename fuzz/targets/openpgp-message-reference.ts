import { mutateOpenPgp } from "../mutate/openpgp.ts";
import type { Target } from "../target.ts";
import { messages, trusted } from "./openpgp-signers.ts";
import { openHere, openOpenPgpComparison } from "./skopeo-openpgp.ts";

/** An OpenPGP message, and what gpg makes of it: what opens here opens for gpg. */
export async function openTarget(): Promise<Target> {
  const comparison = await openOpenPgpComparison();
  const keys = Buffer.concat(trusted);
  return {
    seeds: messages,
    mutate: mutateOpenPgp,
    glance: (input) => openHere(input, keys).outcome,
    check: (input) => comparison.compare(input, keys),
    close: () => comparison.close(),
  };
}
