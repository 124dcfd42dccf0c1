/**
 * Plays the scenarios against real peers.
 *
 *   npm run e2e                                  all of them
 *   npm run e2e -- pulls pods                    these files of e2e/scenarios
 *   npm run e2e -- --test-name-pattern='2\.1'    options go to Node's test runner
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { removeCgroups } from "./peers/cgroups.ts";

const here = import.meta.dirname;
const suffix = ".test.ts";
const known = readdirSync(join(here, "scenarios"))
  .filter((file) => file.endsWith(suffix))
  .map((file) => file.slice(0, -suffix.length));

const options = process.argv.slice(2).filter((argument) => argument.startsWith("-"));
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const unknown = named.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`e2e: no scenario ${unknown.join(", ")}; there are ${known.join(", ")}\n`);
  process.exit(2);
}

// A missing peer fails the run: a scenario skipped for want of one would look like one that passed.
const installed = spawnSync("bash", [join(here, "peers/install.sh"), "--check"], { stdio: "inherit" });
if (installed.status !== 0) process.exit(1);

const scratch = mkdtempSync(join(tmpdir(), "cs-e2e-"));
const files = (named.length > 0 ? named : known).map((name) => join(here, "scenarios", `${name}${suffix}`));
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
process.exitCode = code ?? 1;
