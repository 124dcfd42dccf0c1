import { parseArgs } from "node:util";
import type { Effort } from "./effort.ts";
import { peersMissing } from "./peers.ts";
import { type BenchId, type BenchRow, benchIds, notMeasured } from "./row.ts";
import { table } from "./table.ts";

/**
 * Runs the benchmarks and prints a table, or JSON. Ratios against a peer in the same run on the same machine;
 * never a test, since a clock on a shared machine proves nothing: a missed target does not fail the run.
 *
 *   npm run bench                              all rows
 *   npm run bench -- judge-key repull          these rows
 *   npm run bench -- --smoke                   each row once through; the figures mean nothing
 *   npm run bench -- --require-peers           fail, rather than leave rows out, where the peers are not installed
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
  "policy-rollout": () => import("./policy-rollout.ts"),
  "policy-rollout-cluster": () => import("./policy-rollout-cluster.ts"),
  "policy-scale-cluster": () => import("./policy-scale-cluster.ts"),
  webhook: () => import("./webhook.ts"),
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
    `usage: npm run bench [-- [--output text|json] [--smoke] [--require-peers] [ID…]]\nids: ${benchIds.join(", ")}\n`,
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
  rows.push(await measured(id));
}
process.stdout.write(values.output === "json" ? `${JSON.stringify(rows, undefined, 2)}\n` : table(rows));

/** A row that breaks does not take the others with it, but the run has failed. */
async function measured(id: BenchId): Promise<BenchRow> {
  try {
    const { run } = await load[id]();
    return values.smoke ? smoked(await run("smoke")) : await run("full");
  } catch (caught) {
    process.exitCode = 1;
    const reason = caught instanceof Error ? caught.message : String(caught);
    process.stderr.write(`${id} failed: ${reason}\n`);
    return notMeasured(id, "", "", `failed: ${reason.split("\n", 1)}`);
  }
}

function smoked(row: BenchRow): BenchRow {
  if (row.value === null) return row;
  return { ...row, reached: null, note: `smoke run, not a measurement; ${row.note}` };
}
