import type { Promoted } from "@countersign/signing/promote/promote-image";
import type { Outcome, Report } from "../report.ts";

/** What became of a promotion, as far as it came. */
export interface PromotionReport {
  readonly source: string;
  readonly destination: string;
  /** the destination's full name, with the tag that is written */
  readonly reference: string;
  readonly digest: string | undefined;
  readonly names: readonly string[];
  readonly promoted: Promoted | undefined;
  readonly failure: PromotionFailure | undefined;
}

/** What kept it from being published. */
export interface PromotionFailure {
  readonly report: Refusal;
  /** whether anything may have been copied by then */
  readonly hasBegun: boolean;
}

/** What its policy said of an image, or why nobody could tell; of a fault besides, that fault alone. */
export interface Refusal extends Report {
  readonly outcome: Exclude<Outcome, { readonly decision: "allowed" }>;
}
