/**
 * Lets things go wrong around a real gateway on purpose: see `--help`.
 *
 * Everything runs in a mount namespace of its own, so that whatever is mounted goes away with this process.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { bundledCountersign } from "../../bench/bundle.ts";
import { type FaultArguments, parseArguments, usage } from "./arguments.ts";
import { toJson, toText } from "./report.ts";
import { runFaults } from "./run.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);
/** Milliseconds; a machine may have much else to do. */
const patience = 30_000;
const inside = "COUNTERSIGN_FAULTS_INSIDE";

async function play(asked: FaultArguments): Promise<void> {
  say(`seed ${asked.seed}`);
  const gateway = asked.gateway ?? (await bundledCountersign());
  const report = await runFaults({ ...asked, patience }, { gateway: [gateway], smallDisk: true }, say);
  process.stdout.write(asked.output === "json" ? toJson(report) : toText(report));
  process.exitCode = report.passed ? 0 : 1;
}

/** Starts the same again where mounting is nobody else's business. */
async function playInside(): Promise<void> {
  const apart = ["--mount", "--propagation", "private", "--kill-child=KILL", "--fork"];
  const child = spawn(
    "unshare",
    [...apart, process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    {
      stdio: "inherit",
      env: { ...process.env, [inside]: "1" },
    },
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 1;
}

try {
  const asked = parseArguments(process.argv.slice(2), Date.now());
  if (asked === "help") process.stdout.write(usage);
  else if (process.env[inside] === undefined) await playInside();
  else await play(asked);
} catch (error) {
  say(`faults: ${error instanceof Error ? error.stack : error}`);
  process.exitCode = 2;
}
