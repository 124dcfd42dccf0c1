import { CountersignError } from "@countersign/engine/values/error";
import type { TrustRepositories } from "@countersign/engine/verify/ports";

/** Where none can be read. */
export const noTrustRepositories: TrustRepositories = {
  async trustedRoot({ mirror }) {
    throw new CountersignError(
      "TRUST_REPOSITORY_UNUSABLE",
      `${mirror}: TUF repositories cannot be read yet; put the trusted_root.json into a file that the policy names`,
    );
  },
};
