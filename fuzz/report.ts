/** What became of a run. */
export interface Summary {
  readonly seed: number;
  readonly passed: boolean;
  readonly targets: readonly TargetResult[];
}

export interface TargetResult {
  readonly target: string;
  readonly inputs: number;
  /** how many different things happened to them */
  readonly outcomes: number;
  /** of those, how many neither seeds nor corpus had */
  readonly grown: number;
  readonly slowestMilliseconds: number;
  readonly slowestBytes: number;
  readonly findings: readonly Finding[];
}

export interface Finding {
  readonly kind: string;
  readonly message: string;
  readonly stack: string;
  /** the input, how long it is and where */
  readonly bytes: number;
  readonly file: string;
  /** what to type to see it again */
  readonly replay: string;
}

/** A target that tried nothing found nothing, and has shown as much. */
export function hasPassed(targets: readonly TargetResult[]): boolean {
  return targets.every(({ inputs, findings }) => inputs > 0 && findings.length === 0);
}

export function toJson(summary: Summary): string {
  return `${JSON.stringify(summary, undefined, 2)}\n`;
}

export function toText({ seed, targets }: Summary): string {
  const rows = [
    ["target", "inputs", "outcomes", "new", "slowest", "findings"],
    ...targets.map((row) => [
      row.target,
      String(row.inputs),
      String(row.outcomes),
      String(row.grown),
      `${row.slowestMilliseconds} ms for ${row.slowestBytes} B`,
      String(row.findings.length),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
  for (const { target, findings } of targets)
    for (const finding of findings) {
      lines.push("", `FOUND ${target}: ${finding.kind}: ${finding.message.slice(0, 2000)}`);
      lines.push(
        ...finding.stack
          .split("\n")
          .filter((line) => /^\s+at /.test(line))
          .slice(0, 6),
      );
      lines.push(`  input   ${finding.file} (${finding.bytes} bytes)`, `  replay  ${finding.replay}`);
    }
  for (const { target, inputs } of targets) if (inputs === 0) lines.push("", `NOTHING TRIED: ${target}`);
  const inputs = targets.reduce((sum, row) => sum + row.inputs, 0);
  const findings = targets.reduce((sum, row) => sum + row.findings.length, 0);
  lines.push("", `seed ${seed}: ${inputs} inputs, ${findings} findings`);
  return `${lines.join("\n")}\n`;
}
