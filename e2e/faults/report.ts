import type { Violation } from "./violation.ts";

/** What became of a run. */
export interface FaultReport {
  readonly seed: number;
  readonly passed: boolean;
  readonly seconds: number;
  readonly questions: number;
  /** how often each misfortune happened */
  readonly misfortunes: Readonly<Record<string, number>>;
  readonly steps: number;
  /** the most memory that the gateway took, MB */
  readonly peakMegabytes: number;
  readonly failure: Failure | undefined;
}

/** The first step in which something was not as it must be. */
export interface Failure {
  readonly step: number;
  /** what went wrong on purpose */
  readonly what: readonly string[];
  readonly violations: readonly Violation[];
  /** as few steps as show it again, the failing one last; undefined if none did a second time */
  readonly smallest: readonly number[] | undefined;
  /** what to type to see it again */
  readonly replay: string;
}

export function toJson(report: FaultReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

export function toText({
  seed,
  steps,
  questions,
  seconds,
  peakMegabytes,
  misfortunes,
  failure,
}: FaultReport): string {
  const counts = Object.entries(misfortunes).map(([name, count]) => `${name} ${count}×`);
  const lines = [
    ...(failure === undefined ? [] : describe(failure)),
    counts.join(", "),
    `seed ${seed}: ${steps} steps, ${questions} questions in ${Math.round(seconds)} s, the gateway at ${Math.round(peakMegabytes)} MB at most; ` +
      (failure === undefined ? "everything held" : "NOT everything held"),
  ];
  return `${lines.join("\n")}\n`;
}

function describe({ step, what, violations, smallest, replay }: Failure): readonly string[] {
  return [
    `step ${step}: ${what.join("; and ")}`,
    ...violations.map(({ kind, message }) => `  ${kind.toUpperCase()}: ${message}`),
    smallest === undefined
      ? `  it did not happen again by itself; to try: ${replay}`
      : `  it happens again with: ${replay}`,
    "",
  ];
}
