import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { type FuzzArguments, parseArguments, usage } from "./arguments.ts";
import { toJson, toText } from "./report.ts";
import { runTargets } from "./run.ts";
import { moduleOf } from "./targets.ts";
import { openThread } from "./thread.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);

async function fuzz(asked: FuzzArguments): Promise<void> {
  say(`seed ${asked.seed}`);
  const summary = await runTargets({ ...asked, lanes: availableParallelism() }, say);
  process.stdout.write(asked.output === "json" ? toJson(summary) : toText(summary));
  process.exitCode = summary.passed ? 0 : 1;
}

async function replay({ targets: [target] }: FuzzArguments, file: string): Promise<void> {
  if (target === undefined) throw new Error("--replay: name one target");
  const input = await readFile(file).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(`--replay ${file}: it cannot be read (${code})`);
  });
  const thread = openThread(moduleOf(target));
  const result = await thread.check(input);
  await thread.close();
  if (typeof result === "string") return void process.stdout.write(`holds: ${result}\n`);
  process.stdout.write(`does not hold: ${result.message}\n${result.stack}\n`);
  process.exitCode = 1;
}

try {
  const asked = parseArguments(process.argv.slice(2), Date.now());
  if (asked === "help") process.stdout.write(usage);
  else if (asked.replay !== undefined) await replay(asked, asked.replay);
  else await fuzz(asked);
} catch (error) {
  say(`fuzz: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
