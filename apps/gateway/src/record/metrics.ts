import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { PolicyOrigin } from "../policy/policy-store.ts";
import { version } from "../version.ts";
import type { Decision, DecisionRecorder } from "./decision.ts";
import type { GatewayState } from "./gateway-state.ts";
import { registerState } from "./state-metrics.ts";

export interface GatewayMetrics {
  readonly registry: Registry;
  readonly recorder: DecisionRecorder;
  policyLoaded(): void;
  policyRefused(origin: PolicyOrigin): void;
  /** a pod waits for its namespace's policies */
  namespaceAwaited(): void;
  namespaceWaitEnded(outcome: "known" | "refused"): void;
  /** the runtime went away */
  runtimeLost(): void;
  /** From now on the state is read for every page. */
  watch(state: GatewayState): void;
}

/**
 * Counts by result, kind of policy and reason code. All three come from closed lists: nothing that a pod, a registry
 * or a policy author can choose becomes a label.
 */
export function gatewayMetrics(): GatewayMetrics {
  const registry = new Registry();
  // Memory, processor time, descriptors, and how long the event loop keeps its timers waiting.
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "countersign_build_info",
    help: "Always 1; the version is the label.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version }, 1);

  const decisions = new Counter({
    name: "countersign_decisions_total",
    help: "Calls that bring images in (PullImage, CreateContainer, RestorePod) by decision (allowed, warned, denied, undecided), policy file (namespaced, global, none) and reason code.",
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
  const policyLoads = new Counter({
    name: "countersign_policy_loads_total",
    help: "Policy files read because they were new or had changed.",
    registers: [registry],
  });
  const lastLoad = new Gauge({
    name: "countersign_policy_last_load_timestamp_seconds",
    help: "When a policy file was read last.",
    registers: [registry],
  });
  const outages = new Counter({
    name: "countersign_runtime_outages_total",
    help: "How often the container runtime went away.",
    registers: [registry],
  });
  const namespaceWaits = new Counter({
    name: "countersign_namespace_waits_total",
    help: "Calls that waited for their namespace's policies to come to the node, by how that ended (known, refused).",
    labelNames: ["outcome"],
    registers: [registry],
  });
  const awaitingNamespace = new Gauge({
    name: "countersign_namespace_waiting",
    help: "Calls that wait for their namespace's policies.",
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
    policyLoaded() {
      policyLoads.inc();
      lastLoad.setToCurrentTime();
    },
    policyRefused: (origin) => policyRefusals.inc({ policy: origin }),
    namespaceAwaited: () => awaitingNamespace.inc(),
    namespaceWaitEnded(outcome) {
      awaitingNamespace.dec();
      namespaceWaits.inc({ outcome });
    },
    runtimeLost: () => outages.inc(),
    watch: (state) => registerState(registry, state),
  };
}
