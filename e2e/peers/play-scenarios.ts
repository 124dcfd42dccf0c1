import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { removeCgroups } from "./cgroups.ts";

const suffix = ".test.ts";

/**
 * Runs the scenarios of a directory that the command line names, or all. Gives the exit status.
 * @param title what the command is called
 */
export async function playScenarios(
  title: string,
  directory: string,
  argv: readonly string[] = process.argv.slice(2),
): Promise<number> {
  const known = readdirSync(directory)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length));
  const options = argv.filter((argument) => argument.startsWith("-"));
  const named = argv.filter((argument) => !argument.startsWith("-"));
  const unknown = named.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`${title}: no scenario ${unknown.join(", ")}; there are ${known.join(", ")}\n`);
    return 2;
  }

  // A missing peer fails the run: a scenario skipped for want of one would look like one that passed.
  const install = join(import.meta.dirname, "install.sh");
  const installed = spawnSync("bash", [install, "--check"], { stdio: "inherit" });
  if (installed.status !== 0) return 1;

  const scratch = mkdtempSync(join(tmpdir(), "cs-e2e-"));
  const files = (named.length > 0 ? named : known).map((name) => join(directory, `${name}${suffix}`));
  const tests = spawn(
    process.execPath,
    // One file at a time: each has containerds and a registry of its own, and a load to carry.
    ["--test", "--test-concurrency=1", "--test-timeout=120000", ...options, ...files],
    { stdio: "inherit", env: { ...process.env, COUNTERSIGN_E2E_DIR: scratch } },
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => tests.kill(signal));
  const [code] = await once(tests, "exit");
  await removeCgroups(`/${basename(scratch)}`);
  rmSync(scratch, { recursive: true, force: true });
  return code ?? 1;
}
