import type { VerifiedBundle } from "@countersign/engine/signature/sigstore/verify-bundle";
import type { ErrorCode } from "@countersign/engine/values/error";

/** What came of a question about a bundle. */
export type BundleReport = AskedBundle & (VerifiedReport | UnverifiedReport);

/** As they were typed. */
interface AskedBundle {
  readonly bundle: string;
  readonly artifact: string;
}

interface VerifiedReport extends VerifiedBundle {
  readonly decision: "verified";
}

/** `refused`: it does not vouch for the artifact. `undecided`: that could not be asked. */
interface UnverifiedReport {
  readonly decision: "refused" | "undecided";
  readonly code: ErrorCode;
  readonly message: string;
}
