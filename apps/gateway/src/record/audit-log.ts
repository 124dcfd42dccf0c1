import type { Logger } from "pino";
import { statusText } from "../rpc-status.ts";
import type { Decision, DecisionRecorder, EntryCall } from "./decision.ts";

/**
 * One line per decision, meant to be kept: field names are API. Every field is bounded, and nothing of a call's
 * credentials or metadata is among them.
 */
export function auditLog(logger: Logger): DecisionRecorder {
  return { begin: () => (decision) => write(logger, decision) };
}

/** What a line is about, in the words people search a log for. */
const subjectOf: Readonly<Record<EntryCall, string>> = {
  PullImage: "pull",
  CreateContainer: "container",
  RestorePod: "restore",
};

function write(logger: Logger, decision: Decision): void {
  const { policy, duration, runtimeStatus } = decision;
  const line = {
    audit: decision.call,
    decision: decision.decision,
    code: decision.code,
    image: bounded(decision.image, maxName),
    resolved: decision.resolved,
    digest: decision.digest,
    namespace: bounded(decision.namespace, maxNamespace),
    policy: policy && {
      file: policy.file,
      digest: policy.digest,
      origin: policy.origin,
      scope: policy.scope,
    },
    message: decision.message,
    runtimeStatus,
    fault: decision.fault === undefined ? undefined : stackOf(decision.fault),
    durationMs: Math.round(duration * 1000) / 1000,
  };
  const level = decision.decision === "allowed" || decision.code === "CANCELLED" ? "info" : "warn";
  logger[level](line, `${subjectOf[decision.call]} ${decision.decision}`);
}

/** Longer than any name that parses (255 and a digest), so that only nonsense is cut. */
const maxName = 512;
const maxNamespace = 80;

function bounded(text: string, length: number): string {
  const clean = statusText(text.slice(0, length));
  return text.length <= length ? clean : `${clean}…`;
}

function stackOf(fault: unknown): string {
  const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  return text.slice(0, 4096);
}
