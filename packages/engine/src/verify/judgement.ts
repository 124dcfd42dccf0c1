import type { RequirementResult, SignatureResult } from "./verdict.ts";

/** How one requirement went. */
export type Judgement = Pick<RequirementResult, "outcome" | "reason" | "signatures">;

export function satisfied(signatures: readonly SignatureResult[]): Judgement {
  return { outcome: "satisfied", reason: "", signatures };
}

export function failed(reason: string, signatures: readonly SignatureResult[]): Judgement {
  return { outcome: "failed", reason, signatures };
}
