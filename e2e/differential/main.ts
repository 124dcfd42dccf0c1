import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { allCases } from "./cases/all.ts";
import { randomCases } from "./random/random-cases.ts";
import { summarise, toJson, toText } from "./report.ts";
import { runCases } from "./run.ts";
import { skopeoVersion } from "./skopeo.ts";

const usage = `Puts the same questions to countersign verify and to skopeo copy, and compares decision and reason.

  --only PATTERN    of the table, only cases whose "dimension: name" matches (a regular expression, in any case)
  --random COUNT    as many cases drawn at random (default: 200, and none with --only)
  --seed NUMBER     what they are drawn from (default: any, and printed)
  --output json     instead of a table

Exits 0 if every case agrees or differs as listed, 1 if not, 2 without skopeo (npm run peers installs it).
`;

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    random: { type: "string" },
    seed: { type: "string" },
    output: { type: "string", default: "text" },
    help: { type: "boolean", default: false },
  },
});
if (flags.help) {
  process.stdout.write(usage);
  process.exit(0);
}

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());

const version = await skopeoVersion(interrupted.signal).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
});
const seed = Number(flags.seed ?? Math.floor(Math.random() * 1e6));
const pattern = new RegExp(flags.only ?? "", "i");
const isWhole = flags.only === undefined;
const cases = [
  ...allCases.filter(({ dimension, name }) => pattern.test(`${dimension}: ${name}`)),
  ...randomCases(seed, Number(flags.random ?? (isWhole ? 200 : 0))),
];
const directory = await mkdtemp(join(tmpdir(), "cs-differential-"));
const registry = await startRegistry();
try {
  const results = await runCases(cases, registry, directory, availableParallelism(), interrupted.signal);
  const summary = summarise(version, seed, results, isWhole);
  process.stdout.write(flags.output === "json" ? toJson(summary) : toText(summary));
  if (!summary.passed) process.exitCode = 1;
} finally {
  await registry.close();
  await rm(directory, { recursive: true, force: true });
}
