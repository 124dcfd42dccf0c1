import { leftOutLogs } from "@countersign/engine/cluster/left-out-logs";
import type { TrustRootResource } from "@countersign/engine/cluster/trust-root-resource";
import { printTrustedRoot } from "@countersign/engine/cluster/trusted-root-json";
import type { Timing } from "@countersign/sources/timing";
import { readRepositoryRoot, whyExpired } from "../../controller/read-repository-root.ts";
import { allowed, invalid, type ReviewAnswer } from "../review/review-answer.ts";

/**
 * Tells of logs that no node reads, and opens the repository that a TrustRoot carries with it. A broken one is refused; of one that has expired whoever applies
 * it is told, for a GitOps tool that applies what was right once must not be stopped by the time alone.
 */
export async function reviewTrustRoot(
  { trust }: TrustRootResource,
  timing: Pick<Timing, "now" | "after">,
): Promise<ReviewAnswer> {
  if (trust.type === "remote") return allowed;
  if (trust.type === "keys")
    return withWarnings(leftOutLogs({ type: "text", json: printTrustedRoot(trust) }));
  const reading = await readRepositoryRoot(trust, timing);
  if (reading.type === "refused") return invalid([reading.why]);
  const why = reading.type === "late" ? reading.why : whyExpired(reading.root, timing.now());
  const leftOut = reading.type === "late" ? [] : leftOutLogs({ type: "text", json: reading.root.json });
  if (why === undefined) return withWarnings(leftOut);
  const effect = "until then policies that name it stay in force as they were, and new ones accept nothing";
  return withWarnings([why, effect, ...leftOut]);
}

function withWarnings(warnings: readonly string[]): ReviewAnswer {
  return { allowed: true, warnings };
}
