import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import { dockerImage } from "@countersign/engine/values/located-image";
import { planEvidence, trustFilesOf } from "@countersign/engine/verify/plan";
import type { EvidenceShelf } from "@countersign/sources/evidence/evidence-shelf";
import { isSettled, type PolicyFiles } from "../policy/policy-files.ts";
import { candidateDigests } from "./present-image.ts";
import type { Foundations } from "./remembered-verdicts.ts";

/** The key and CA files that the policy names for the image, and what is kept of its digests. */
export function verdictFoundations(
  files: Pick<PolicyFiles, "identify">,
  shelf: Pick<EvidenceShelf, "revision">,
  clock: { now(): number },
): Foundations {
  return {
    async stamp({ asked, present, policy }) {
      const { requirements } = selectScope(policy.policy, policySubject(dockerImage(asked)));
      const paths = [...trustFilesOf(planEvidence(requirements))];
      const identities = await Promise.all(paths.map((path) => files.identify(path).catch(() => undefined)));
      const now = clock.now();
      if (identities.some((identity) => identity === undefined || !isSettled(identity, now)))
        return undefined;
      const kept = candidateDigests(present, asked).map((digest) => shelf.revision(digest));
      const parts = identities.map((identity) => identity && Object.values(identity).map(String));
      return JSON.stringify([parts, kept]);
    },
  };
}
