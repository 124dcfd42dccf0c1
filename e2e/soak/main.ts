/** Keeps a gateway busy for a long time while things go wrong: see `--help`. */
import process from "node:process";
import { bundledCountersign } from "../peers/bundled-countersign.ts";
import { inMountNamespace } from "../peers/mount-namespace.ts";
import { parseArguments, type SoakArguments, usage } from "./arguments.ts";
import { toJson, toText } from "./report.ts";
import { soak } from "./soak.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);

async function play(asked: SoakArguments): Promise<number> {
  say(`seed ${asked.seed}`);
  const gateway = asked.gateway ?? (await bundledCountersign());
  const report = await soak(asked, { gateway: [gateway], runtime: asked.runtime, smallDisk: true }, say);
  process.stdout.write(asked.output === "json" ? toJson(report) : toText(report));
  return report.passed ? 0 : 1;
}

/** undefined once it is said what is wrong with them: where in this program that was found is nobody's matter. */
function asked(): SoakArguments | "help" | undefined {
  try {
    return parseArguments(process.argv.slice(2), Date.now());
  } catch (error) {
    say(`soak: ${error instanceof Error ? error.message : error} (--help says what there is)`);
    return undefined;
  }
}

try {
  const wanted = asked();
  if (wanted === "help") process.stdout.write(usage);
  else process.exitCode = wanted === undefined ? 2 : await inMountNamespace(() => play(wanted));
} catch (error) {
  say(`soak: ${error instanceof Error ? error.stack : error}`);
  process.exitCode = 2;
}
