import { knownDifferences } from "./known-differences.ts";
import type { CaseResult } from "./run.ts";

export interface Summary {
  readonly skopeo: string;
  /** of the cases that were drawn at random */
  readonly seed: number;
  readonly passed: boolean;
  readonly cases: number;
  readonly dimensions: readonly DimensionSummary[];
  readonly disagreements: readonly CaseResult[];
  /** known differences that no case shows any more, so that they must be struck from the list */
  readonly stale: readonly string[];
  /** known differences that the decision page does not tell of */
  readonly undocumented: readonly string[];
}

export interface DimensionSummary {
  readonly dimension: string;
  readonly cases: number;
  readonly allowed: number;
  readonly agree: number;
  /** other words, as listed */
  readonly words: number;
  /** Countersign alone refuses, as listed */
  readonly stricter: number;
  readonly disagree: number;
}

export function summarise(
  skopeo: string,
  seed: number,
  results: readonly CaseResult[],
  isWhole: boolean,
  decisionPage: string,
): Summary {
  const count = (some: readonly CaseResult[], result: string) =>
    some.filter(({ comparison }) => comparison.result === result).length;
  const disagreements = results.filter(({ comparison }) => comparison.result === "disagree");
  const seen = new Set(
    results.map(({ comparison }) => ("difference" in comparison ? comparison.difference : "")),
  );
  const stale = isWhole ? knownDifferences.map(({ name }) => name).filter((name) => !seen.has(name)) : [];
  const dimensions = [...Map.groupBy(results, ({ dimension }) => dimension)].map(([dimension, some]) => ({
    dimension,
    cases: some.length,
    allowed: some.filter(({ skopeo }) => skopeo.allowed).length,
    agree: count(some, "agree"),
    words: count(some, "words"),
    stricter: count(some, "stricter"),
    disagree: count(some, "disagree"),
  }));
  const undocumented = knownDifferences
    .filter(({ name, reason }) => !decisionPage.includes(name) || !decisionPage.includes(reason))
    .map(({ name }) => name);
  const faults = [...disagreements, ...stale, ...undocumented];
  const passed = results.length > 0 && faults.length === 0;
  return { skopeo, seed, passed, cases: results.length, dimensions, disagreements, stale, undocumented };
}

export function toJson(summary: Summary): string {
  return `${JSON.stringify(summary, undefined, 2)}\n`;
}

export function toText(summary: Summary): string {
  const rows = [
    ["dimension", "cases", "allowed", "agree", "words", "stricter", "disagree"],
    ...summary.dimensions.map((row) => Object.values(row).map(String)),
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  const lines = rows.map(
    ([name = "", ...counts]) => `${name.padEnd(width)}${counts.map((c) => c.padStart(9)).join("")}`,
  );
  for (const { dimension, name, skopeo, countersign } of summary.disagreements) {
    lines.push("", `DISAGREE ${dimension}: ${name}`);
    lines.push(`  skopeo       ${skopeo.allowed ? "allowed" : `refused: ${skopeo.message}`}`);
    lines.push(`  countersign  ${countersign.allowed ? "allowed" : `refused: ${countersign.message}`}`);
  }
  for (const name of summary.stale)
    lines.push("", `no case shows the known difference ${JSON.stringify(name)}`);
  for (const name of summary.undocumented) {
    lines.push("", `the decision page does not tell of ${JSON.stringify(name)} and its reason`);
  }
  const { skopeo, seed, cases, disagreements } = summary;
  lines.push("", `${skopeo}, seed ${seed}: ${cases} cases, ${disagreements.length} disagreements`);
  return `${lines.join("\n")}\n`;
}
