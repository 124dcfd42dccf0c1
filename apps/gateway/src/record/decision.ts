import type { Digest } from "@countersign/engine/values/digest";
import type { ErrorCode } from "@countersign/engine/values/error";
import type { DenialCode } from "@countersign/engine/verify/denial-code";
import type { PolicyOrigin } from "../policy/policy-store.ts";

/** The calls by which images enter, as CRI names them. */
export type EntryCall = "PullImage" | "CreateContainer" | "RestorePod";

/** What a gate decided about one call, as far as the question got, for those who keep account of it. */
export interface Decision {
  readonly call: EntryCall;
  /** warned: allowed, though a requirement that only warns does not hold or could not be judged */
  readonly decision: "allowed" | "warned" | "denied" | "undecided";
  /** `""` when allowed; of several warnings the first one's */
  readonly code: DenialCode | ErrorCode | "";
  /** as the caller was told, or what it would have been told but for a warning; `""` when allowed */
  readonly message: string;
  /** as asked for, a stranger's text */
  readonly image: string;
  /** the full name it was judged under, when the asked one leaves the registry open */
  readonly resolved: string | undefined;
  /** a stranger's text unless `policy` is set */
  readonly namespace: string;
  readonly digest: Digest | undefined;
  readonly policy: DecidingPolicy | undefined;
  /** what an INTERNAL error was made from: a fault of this program, to be found by its stack */
  readonly fault: unknown;
  /** the gRPC status with which the runtime refused an allowed call */
  readonly runtimeStatus: number | undefined;
  /** milliseconds from the call to its answer, the runtime's own work included unless the call was forwarded */
  readonly duration: number;
}

export interface DecidingPolicy {
  readonly file: string;
  readonly digest: Digest;
  readonly origin: PolicyOrigin;
  /** `""` is the transport's default, `default` the policy's own; undefined when it was not found out */
  readonly scope: string | undefined;
}

/** Keeps account of decisions: the audit log, the metrics. */
export interface DecisionRecorder {
  /** Called when a call begins; the function it returns when the call has its answer. Neither may throw. */
  begin(call: EntryCall): (decision: Decision) => void;
}

/** Several as one. */
export function allRecorders(recorders: readonly DecisionRecorder[]): DecisionRecorder {
  return {
    begin(call) {
      const ends = recorders.map((recorder) => recorder.begin(call));
      return (decision) => {
        for (const end of ends) end(decision);
      };
    },
  };
}
