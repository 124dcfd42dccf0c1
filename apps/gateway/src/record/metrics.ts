import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { PolicyOrigin } from "../policy/policy-store.ts";
import type { DecisionRecorder, PullDecision } from "./decision.ts";

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
    name: "countersign_pull_decisions_total",
    help: "PullImage calls by decision (allowed, denied, undecided), policy file (namespaced, global, none) and reason code.",
    labelNames: ["decision", "policy", "code"],
    registers: [registry],
  });
  const duration = new Histogram({
    name: "countersign_pull_duration_seconds",
    help: "Time from a PullImage call to its answer. Includes the runtime's own pull unless the call was forwarded.",
    labelNames: ["decision"],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [registry],
  });
  const policyRefusals = new Counter({
    name: "countersign_policy_load_errors_total",
    help: "Requests refused because their policy file was missing, unreadable or invalid.",
    labelNames: ["policy"],
    registers: [registry],
  });
  const pulling = new Gauge({
    name: "countersign_pulls_in_flight",
    help: "PullImage calls that have no answer yet.",
    registers: [registry],
  });

  function end(decision: PullDecision): void {
    pulling.dec();
    decisions.inc({
      decision: decision.decision,
      policy: decision.policy?.origin ?? "none",
      code: decision.code === "" ? "ALLOWED" : decision.code,
    });
    duration.observe({ decision: decision.decision }, decision.duration / 1000);
  }

  return {
    registry,
    recorder: {
      begin() {
        pulling.inc();
        return end;
      },
    },
    policyRefused: (origin) => policyRefusals.inc({ policy: origin }),
  };
}
