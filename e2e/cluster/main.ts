/**
 * Plays the scenarios that want a whole cluster, or another runtime than containerd; compares what critest passes.
 *
 *   COUNTERSIGN_PEERS=DIR npm run e2e:cluster                all scenarios
 *   COUNTERSIGN_PEERS=DIR npm run e2e:cluster -- pulls       these files of e2e/cluster/scenarios
 *   COUNTERSIGN_PEERS=DIR npm run e2e:cluster -- api-server  controller and sync on an API server alone
 *   COUNTERSIGN_PEERS=DIR npm run e2e:cluster -- chart       the chart, by Helm and an API server
 *   COUNTERSIGN_PEERS=DIR npm run e2e:cluster -- critest     critest three times: straight, allow-all, strict
 *   COUNTERSIGN_PEERS=DIR npm run e2e:cluster -- critest --ginkgo.focus='Image Manager'
 *
 * DIR holds the programs that Debian has not (binaries.ts lists them).
 */
import { join } from "node:path";
import process from "node:process";
import { playScenarios } from "../peers/play-scenarios.ts";
import { binariesDirectory, binariesFor, binariesVariable, missingBinaries } from "./binaries.ts";
import { compareCritest } from "./critest/compare.ts";

process.exitCode = await play(process.argv.slice(2));

async function play(words: readonly string[]): Promise<number> {
  const [first, ...rest] = words;
  const directory = binariesDirectory();
  const named = words.filter((word) => !word.startsWith("-"));
  if (directory === undefined) {
    const needed = `set ${binariesVariable} to a directory with ${binariesFor(named).join(", ")}`;
    process.stdout.write(`e2e:cluster: SKIPPED, nothing was checked: ${needed}\n`);
    return 0;
  }
  const missing = missingBinaries(directory, binariesFor(named));
  if (missing.length > 0) {
    process.stderr.write(`e2e:cluster: ${binariesVariable}=${directory} has no ${missing.join(", ")}\n`);
    return 1;
  }
  if (first === "api-server" || first === "chart") {
    return await playScenarios(`e2e:cluster ${first}`, join(import.meta.dirname, first), rest);
  }
  return first === "critest"
    ? await compareCritest(rest)
    : await playScenarios("e2e:cluster", join(import.meta.dirname, "scenarios"));
}
