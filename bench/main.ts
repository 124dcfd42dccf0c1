import { parseArgs } from "node:util";
import type { Effort } from "./effort.ts";
import { peersMissing } from "./peers.ts";
import { type BenchId, type BenchRow, benchIds } from "./row.ts";

/**
 * Runs the benchmarks and prints a table, or JSON. Ratios against a peer in the same run on the same machine;
 * never a test, since a clock on a shared machine proves nothing.
 */
const load: Readonly<Record<BenchId, () => Promise<{ run: (effort: Effort) => Promise<BenchRow> }>>> = {
  "judge-key": () => import("./judge-key.ts"),
  "judge-keyless": () => import("./judge-keyless.ts"),
  "gateway-unary": () => import("./gateway-unary.ts"),
  "gateway-bulk": () => import("./gateway-bulk.ts"),
  "pull-signed": () => import("./pull-signed.ts"),
  repull: () => import("./repull.ts"),
  "create-check": () => import("./create-check.ts"),
  "verify-process": () => import("./verify-process.ts"),
  "gateway-rss": () => import("./gateway-rss.ts"),
  "gateway-start": () => import("./gateway-start.ts"),
  compile: () => import("./compile.ts"),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: "string", default: "text" },
    smoke: { type: "boolean", default: false },
    "require-peers": { type: "boolean", default: false },
  },
});
const wanted = benchIds.filter((id) => positionals.length === 0 || positionals.includes(id));
const unknown = positionals.filter((id) => !benchIds.includes(id as BenchId));
if (unknown.length > 0 || !["text", "json"].includes(values.output)) {
  process.stderr.write(
    `usage: npm run bench [-- --output text|json] [--smoke] [--require-peers] [ID…]\nids: ${benchIds.join(", ")}\n`,
  );
  process.exit(2);
}

const missing = values["require-peers"] ? peersMissing() : undefined;
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  process.exit(1);
}

const rows: BenchRow[] = [];
for (const id of wanted) {
  process.stderr.write(`${id} …\n`);
  const { run } = await load[id]();
  rows.push(await run(values.smoke ? "smoke" : "full"));
}
process.stdout.write(values.output === "json" ? `${JSON.stringify(rows, undefined, 2)}\n` : table(rows));

function table(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => [
    row.id,
    row.value === null ? "–" : `${row.value} ${row.unit}`,
    row.peerValue === null ? row.peer : `${row.peerValue} ${row.unit} (${row.peer})`,
    row.ratio === null ? "–" : `${row.ratio}×`,
    row.target,
    row.reached === null ? "not measured" : row.reached ? "reached" : "MISSED",
    row.note,
  ]);
  const all = [["id", "value", "peer", "ratio", "target", "", "note"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map(
      (line) =>
        `${line
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
