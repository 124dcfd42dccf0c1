/**
 * Plays the scenarios that want a whole cluster, or another runtime than containerd.
 *
 *   COUNTERSIGN_PEERS=DIR npm run e2e:cluster              all of them
 *   COUNTERSIGN_PEERS=DIR npm run e2e:cluster -- pulls     these files of e2e/cluster/scenarios
 *
 * DIR holds the programs that Debian has not (binaries.ts lists them).
 */
import { join } from "node:path";
import process from "node:process";
import { playScenarios } from "../peers/play-scenarios.ts";
import { binariesDirectory, binariesVariable, binaryNames, missingBinaries } from "./binaries.ts";

const directory = binariesDirectory();
if (directory === undefined) {
  process.stdout.write(
    `e2e:cluster: SKIPPED, nothing was checked: set ${binariesVariable} to a directory with ${binaryNames.join(", ")}\n`,
  );
} else {
  const missing = missingBinaries(directory);
  if (missing.length > 0) {
    process.stderr.write(
      `e2e:cluster: ${binariesVariable}=${directory} has no program ${missing.join(", ")}\n`,
    );
    process.exitCode = 1;
  } else {
    process.exitCode = await playScenarios("e2e:cluster", join(import.meta.dirname, "scenarios"));
  }
}
