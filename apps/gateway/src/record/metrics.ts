import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { PolicyOrigin } from "../policy/policy-store.ts";
import type { Decision, DecisionRecorder } from "./decision.ts";

export interface GatewayMetrics {
  readonly registry: Registry;
  readonly recorder: DecisionRecorder;
  policyRefused(origin: PolicyOrigin): void;
}

/**
 * Counts by result, kind of policy and reason code. All three come from closed lists: nothing that a pod, a registry
 * or a policy author can choose becomes a label.
 */
export function gatewayMetrics(): GatewayMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  const decisions = new Counter({
    name: "countersign_decisions_total",
    help: "Calls that bring images in (PullImage, CreateContainer, RestorePod) by decision (allowed, denied, undecided), policy file (namespaced, global, none) and reason code.",
    labelNames: ["call", "decision", "policy", "code"],
    registers: [registry],
  });
  const duration = new Histogram({
    name: "countersign_decision_duration_seconds",
    help: "Time from such a call to its answer. Includes the runtime's own work unless the call was forwarded.",
    labelNames: ["call", "decision"],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [registry],
  });
  const policyRefusals = new Counter({
    name: "countersign_policy_load_errors_total",
    help: "Requests refused because their policy file was missing, unreadable or invalid.",
    labelNames: ["policy"],
    registers: [registry],
  });
  const waiting = new Gauge({
    name: "countersign_calls_in_flight",
    help: "Calls that bring images in and have no answer yet.",
    labelNames: ["call"],
    registers: [registry],
  });

  function end(decision: Decision): void {
    waiting.dec({ call: decision.call });
    decisions.inc({
      call: decision.call,
      decision: decision.decision,
      policy: decision.policy?.origin ?? "none",
      code: decision.code === "" ? "ALLOWED" : decision.code,
    });
    duration.observe({ call: decision.call, decision: decision.decision }, decision.duration / 1000);
  }

  return {
    registry,
    recorder: {
      begin(call) {
        waiting.inc({ call });
        return end;
      },
    },
    policyRefused: (origin) => policyRefusals.inc({ policy: origin }),
  };
}
