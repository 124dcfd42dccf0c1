import type { ErrorCode } from "@countersign/engine/values/error";
import type { DenialCode } from "@countersign/engine/verify/denial-code";
import type { Promoted } from "@countersign/signing/promote/promote-image";

/** What became of a promotion, as far as it came. */
export interface PromotionReport {
  readonly source: string;
  readonly destination: string;
  readonly digest: string | undefined;
  readonly names: readonly string[];
  readonly promoted: Promoted | undefined;
  readonly failure:
    | { readonly code: ErrorCode | DenialCode; readonly message: string; readonly denied: boolean }
    | undefined;
}
