/** Lets things go wrong around a real gateway on purpose: see `--help`. */
import process from "node:process";
import { bundledCountersign } from "../peers/bundled-countersign.ts";
import { inMountNamespace } from "../peers/mount-namespace.ts";
import { type FaultArguments, parseArguments, usage } from "./arguments.ts";
import { toJson, toText } from "./report.ts";
import { runFaults } from "./run.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);
/** Milliseconds; a machine may have much else to do. */
const patience = 30_000;

async function play(asked: FaultArguments): Promise<number> {
  say(`seed ${asked.seed}`);
  const gateway = asked.gateway ?? (await bundledCountersign());
  const report = await runFaults(
    { ...asked, patience },
    { gateway: [gateway], runtime: asked.runtime, smallDisk: true },
    say,
  );
  process.stdout.write(asked.output === "json" ? toJson(report) : toText(report));
  return report.passed ? 0 : 1;
}

/** undefined once it is said what is wrong with them: where in this program that was found is nobody's matter. */
function asked(): FaultArguments | "help" | undefined {
  try {
    return parseArguments(process.argv.slice(2), Date.now());
  } catch (error) {
    say(`faults: ${error instanceof Error ? error.message : error} (--help says what there is)`);
    return undefined;
  }
}

try {
  const wanted = asked();
  if (wanted === "help") process.stdout.write(usage);
  else process.exitCode = wanted === undefined ? 2 : await inMountNamespace(() => play(wanted));
} catch (error) {
  say(`faults: ${error instanceof Error ? error.stack : error}`);
  process.exitCode = 2;
}
