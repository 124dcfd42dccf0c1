import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { allCases } from "./cases/all.ts";
import { summarise, toJson, toText } from "./report.ts";
import { runCases } from "./run.ts";

import { skopeoVersion } from "./skopeo.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    output: { type: "string", default: "text" },
    verbose: { type: "boolean", default: false },
  },
});

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());

const version = await skopeoVersion(interrupted.signal);
const only = new RegExp(flags.only, "i");
const cases = allCases.filter(({ dimension, name }) => only.test(`${dimension}: ${name}`));
const directory = await mkdtemp(join(tmpdir(), "cs-differential-"));
const registry = await startRegistry();
try {
  const results = await runCases(cases, registry, directory, availableParallelism(), interrupted.signal);
  const summary = summarise(version, results);
  process.stdout.write(flags.output === "json" ? toJson(summary) : toText(summary));
  if (flags.verbose)
    for (const r of results)
      process.stdout.write(
        `${r.dimension}: ${r.name}\n    ${r.skopeo.allowed ? "ALLOWED" : r.skopeo.message}\n`,
      );
  if (!summary.passed) process.exitCode = 1;
} finally {
  await registry.close();
  await rm(directory, { recursive: true, force: true });
}
