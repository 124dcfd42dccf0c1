import type { BenchRow } from "./row.ts";

/** The rows as a table with aligned columns, one line each. */
export function table(rows: readonly BenchRow[]): string {
  const lines = [["id", "value", "peer", "ratio", "target", "", "note"], ...rows.map(cells)];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) => `${aligned(line, widths ?? [])}\n`).join("");
}

function cells(row: BenchRow): readonly string[] {
  return [
    row.id,
    row.value === null ? "–" : `${row.value} ${row.unit}`,
    row.peerValue === null ? row.peer : `${row.peerValue} ${row.unit} (${row.peer})`,
    row.ratio === null ? "–" : `${row.ratio}×`,
    row.target,
    row.reached === null ? "not measured" : row.reached ? "reached" : "MISSED",
    row.note,
  ];
}

function aligned(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join("  ")
    .trimEnd();
}
