/** One line of the benchmark table; also the JSON contract of `npm run --silent bench -- --output json`. */
export interface BenchRow {
  readonly id: BenchId;
  readonly value: number | null;
  readonly unit: string;
  readonly peer: string;
  readonly peerValue: number | null;
  /** value over peerValue, both measured in this run */
  readonly ratio: number | null;
  /** what is to be reached, in words */
  readonly target: string;
  /** null when the peer is not installed, or what is measured is not built yet */
  readonly reached: boolean | null;
  readonly note: string;
  /** what a program may want of it that a table has no room for */
  readonly details?: object;
}

export const benchIds = [
  "judge-key",
  "judge-keyless",
  "gateway-unary",
  "gateway-bulk",
  "pull-signed",
  "repull",
  "create-check",
  "verify-process",
  "gateway-rss",
  "gateway-start",
  "compile",
  "policy-rollout",
  "policy-rollout-cluster",
  "policy-scale-cluster",
  "webhook",
] as const;

export type BenchId = (typeof benchIds)[number];

/** A row that could not be measured here, and why. */
export function notMeasured(id: BenchId, peer: string, target: string, note: string): BenchRow {
  return { id, value: null, unit: "", peer, peerValue: null, ratio: null, target, reached: null, note };
}
