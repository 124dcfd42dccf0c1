import { acceptsNoneBy } from "../compare-sigstore.ts";
import type { Hint } from "./hint.ts";
import type { PlacedRequirement } from "./requirement-lists.ts";

/** Requirements that can be written, and that nobody can satisfy. */
export function* unsatisfiableHints({ path, requirement }: PlacedRequirement): Generator<Hint> {
  if (requirement.type === "signedBaseLayer") {
    yield {
      code: "REQUIREMENT_UNSATISFIABLE",
      path,
      message: "signedBaseLayer was never implemented, so nothing here ever runs",
      remedy: `write {"type": "reject"} if that is meant; otherwise ask for a signature of the whole image`,
    };
  }
  if (requirement.type === "sigstore" && acceptsNoneBy(requirement)) {
    yield {
      code: "REQUIREMENT_UNSATISFIABLE",
      path: `${path}.authorities`,
      message: "no authority here ever lets in anything",
      remedy: `write {"type": "reject"} if that is meant; otherwise add an authority that does`,
    };
  }
  if (requirement.type === "signedBy" && requirement.keyType !== "GPGKeys") {
    yield {
      code: "REQUIREMENT_UNSATISFIABLE",
      path: `${path}.keyType`,
      message: `${requirement.keyType} was never implemented, so no signature is accepted`,
      remedy: `write "GPGKeys"; for X.509 certificates write a sigstoreSigned requirement with "pki"`,
    };
  }
}
