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

try {
  const asked = parseArguments(process.argv.slice(2), Date.now());
  if (asked === "help") process.stdout.write(usage);
  else process.exitCode = await inMountNamespace(() => play(asked));
} catch (error) {
  say(`soak: ${error instanceof Error ? error.stack : error}`);
  process.exitCode = 2;
}
