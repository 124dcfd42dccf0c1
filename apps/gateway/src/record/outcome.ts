import { CountersignError } from "@countersign/engine/values/error";
import type { Warning } from "@countersign/engine/verify/warnings";
import type { GateAnswer, RpcStatus } from "../gate.ts";
import { RuntimeRefusal } from "../pull/runtime-images.ts";
import { errorStatus, statusText } from "../rpc-status.ts";
import type { Decision } from "./decision.ts";

/** What a gated call is answered with, and what is recorded of it. */
export interface Outcome {
  readonly answer: GateAnswer;
  readonly record: Pick<Decision, "decision" | "code" | "message" | "runtimeStatus" | "fault">;
}

const undisturbed = { runtimeStatus: undefined, fault: undefined };

/** @param warnings what would have kept the image out, if it did not only warn */
export function allowed(answer: GateAnswer, warnings: readonly Warning[] = []): Outcome {
  const [first] = warnings;
  if (first === undefined) {
    return { answer, record: { ...undisturbed, decision: "allowed", code: "", message: "" } };
  }
  const message = statusText(`only warned of: ${warnings.map(({ reason }) => reason).join("; ")}`);
  return { answer, record: { ...undisturbed, decision: "warned", code: first.code, message } };
}

export function denied(code: Decision["code"], status: RpcStatus): Outcome {
  return {
    answer: { type: "status", status },
    record: { ...undisturbed, decision: "denied", code, message: status.message },
  };
}

/**
 * The runtime's own refusal as it came; for anything else that went wrong, the status that refuses the call.
 * @param statusOf - what the caller is told of an error
 */
export function failure(
  caught: unknown,
  statusOf: (error: CountersignError) => RpcStatus = errorStatus,
): Outcome {
  if (caught instanceof RuntimeRefusal) {
    const { status } = caught;
    return {
      answer: { type: "status", status },
      record: { ...undisturbed, decision: "allowed", code: "", message: "", runtimeStatus: status.code },
    };
  }
  const error = CountersignError.from(caught);
  const status = statusOf(error);
  return {
    answer: { type: "status", status },
    record: {
      decision: "undecided",
      code: error.code,
      message: status.message,
      runtimeStatus: undefined,
      fault: error.code === "INTERNAL" ? (error.cause ?? error) : undefined,
    },
  };
}
