import type { HintCode, HintSeverity } from "@countersign/engine/policy/lint/hint";
import type { ErrorCode } from "@countersign/engine/values/error";
import type { TextPlace } from "@countersign/engine/values/json-source";

/** Something to say about a file: a fault, for which it is refused, or a hint. */
export interface Finding {
  readonly severity: "error" | HintSeverity;
  readonly code: ErrorCode | HintCode;
  /** where in the policy; `""` is the file itself */
  readonly path: string;
  /** undefined where there is no text to point into */
  readonly place: TextPlace | undefined;
  readonly message: string;
  /** what to do; undefined for most faults, whose message says it */
  readonly remedy: string | undefined;
}

/** What lint has to say about one file. */
export interface LintedFile {
  readonly file: string;
  /** if there are any, the file is not a valid policy */
  readonly faults: readonly Finding[];
  readonly hints: readonly Finding[];
  /** of more hints than anybody reads, how many are left out */
  readonly unshown: number;
}

export function refused(file: string, code: ErrorCode, message: string): LintedFile {
  const fault: Finding = { severity: "error", code, path: "", place: undefined, message, remedy: undefined };
  return { file, faults: [fault], hints: [], unshown: 0 };
}
