import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments, type RunArguments, usage } from "./arguments.ts";
import type { Case } from "./case.ts";
import { allCases } from "./cases/all.ts";
import { randomCases } from "./random/random-cases.ts";
import { startRegistries } from "./registries.ts";
import { type Summary, summarise, toJson, toText } from "./report.ts";
import { runCases } from "./run.ts";
import { skopeoVersion } from "./skopeo.ts";

/** Where the known differences are told to people. */
const decisionPage = new URL("../../docs/decisions/0004-differences-from-the-reference.md", import.meta.url);

async function run({ only, random, seed }: RunArguments, signal: AbortSignal): Promise<Summary> {
  const version = await skopeoVersion(signal);
  const table = allCases.filter(({ dimension, name }) => only?.test(`${dimension}: ${name}`) ?? true);
  const cases = [...table, ...randomCases(seed, random)];
  refuseDoubles(cases);
  const directory = await mkdtemp(join(tmpdir(), "cs-differential-"));
  const registries = await startRegistries();
  try {
    const results = await runCases(cases, registries, directory, availableParallelism(), signal);
    return summarise(version, seed, results, only === undefined, await readFile(decisionPage, "utf8"));
  } finally {
    await registries.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Two cases of one name could not be told apart in the report. */
function refuseDoubles(cases: readonly Case[]): void {
  const seen = new Set<string>();
  for (const { dimension, name } of cases) {
    const whole = `${dimension}: ${name}`;
    if (seen.has(whole)) throw new Error(`two cases are called ${JSON.stringify(whole)}`);
    seen.add(whole);
  }
}

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort(new Error("interrupted")));
try {
  const asked = parseArguments(process.argv.slice(2));
  if (asked === "help") process.stdout.write(usage);
  else {
    const summary = await run(asked, interrupted.signal);
    process.stdout.write(asked.output === "json" ? toJson(summary) : toText(summary));
    process.exitCode = summary.passed ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`differential: ${error instanceof Error ? error.message : error}\n`);
  if (error instanceof Error && error.cause instanceof Error) process.stderr.write(`${error.cause.stack}\n`);
  process.exitCode = 2;
}
