import type { TrustRootResource } from "@countersign/engine/cluster/trust-root-resource";
import type { Timing } from "@countersign/sources/timing";
import { readRepositoryRoot, whyExpired } from "../../controller/read-repository-root.ts";
import { allowed, invalid, type ReviewAnswer } from "../review/review-answer.ts";

/**
 * Opens the repository that a TrustRoot carries with it. A broken one is refused; of one that has expired whoever applies
 * it is told, for a GitOps tool that applies what was right once must not be stopped by the time alone.
 */
export async function reviewTrustRoot(
  { trust }: TrustRootResource,
  timing: Pick<Timing, "now" | "after">,
): Promise<ReviewAnswer> {
  if (trust.type !== "repository") return allowed;
  const reading = await readRepositoryRoot(trust, timing);
  if (reading.type === "refused") return invalid([reading.why]);
  const why = reading.type === "late" ? reading.why : whyExpired(reading.root, timing.now());
  if (why === undefined) return allowed;
  const effect = "until then policies that name it stay in force as they were, and new ones accept nothing";
  return { allowed: true, warnings: [why, effect] };
}
