import { Gauge, type Registry } from "prom-client";
import type { GatewayState } from "./gateway-state.ts";

type Reading = (state: GatewayState) => number;

const readings: readonly (readonly [name: string, help: string, read: Reading])[] = [
  [
    "countersign_runtime_up",
    "1 while the container runtime can be reached, as the last who tried found; 0 while callers get UNAVAILABLE.",
    ({ runtimeAway }) => (runtimeAway === undefined ? 1 : 0),
  ],
  ["countersign_connections", "Callers connected.", ({ connections }) => connections],
  [
    "countersign_verifications_active",
    "Verifications of pulls that are under way.",
    ({ verifications }) => verifications.active,
  ],
  [
    "countersign_verifications_waiting",
    "Verifications of pulls that wait for their turn.",
    ({ verifications }) => verifications.waiting,
  ],
  ["countersign_evidence_files", "Files of kept evidence.", ({ evidence }) => evidence.files],
  ["countersign_evidence_bytes", "Bytes of kept evidence.", ({ evidence }) => evidence.bytes],
  [
    "countersign_verdicts_remembered",
    "Verdicts kept in memory, by which the next container of the same image is judged.",
    ({ verdicts }) => verdicts,
  ],
  [
    "countersign_policy_hash",
    "The first 48 bits of the global policy file's SHA-256, the same wherever the same policy is in force; 0 while it cannot be used.",
    policyHash,
  ],
  [
    "countersign_policies_broken",
    "Policy files that requests found unusable and that are not mended, as far as anybody asked.",
    ({ brokenPolicies }) => brokenPolicies.size,
  ],
];

/** A number that a metric can hold exactly. Its digest as a label would make a series of each policy there ever was. */
function policyHash({ globalPolicy: { file, digest }, brokenPolicies }: GatewayState): number {
  if (digest === undefined || brokenPolicies.has(file)) return 0;
  const [, hex = ""] = digest.split(":");
  return Number.parseInt(hex.slice(0, 12), 16);
}

/** Gauges that are read when somebody asks for them. */
export function registerState(registry: Registry, state: GatewayState): void {
  for (const [name, help, read] of readings)
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(state));
      },
    });
}
