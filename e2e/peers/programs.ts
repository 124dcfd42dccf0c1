import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** Where install.sh put the newer suite; each of its programs has a starter in `bin`. */
export const peersRoot: string = process.env["COUNTERSIGN_PEERS_ROOT"] ?? "/var/cache/countersign-peers";

/** Runs any program of the newer suite by name; /usr is that suite's, every other path the machine's. */
export const inNewerSuite: string = join(peersRoot, "bin", "in-suite");

/** The starter of one program of the newer suite. */
export function newerProgram(
  name: "cosign" | "crane" | "ctr" | "docker-registry" | "gpg" | "oras" | "skopeo",
): string {
  return join(peersRoot, "bin", name);
}

/** A program that links to nothing, for images that hold nothing else. */
export const staticBusybox: string = join(peersRoot, "forky", "usr", "bin", "busybox");

const execute = promisify(execFile);

/**
 * Runs a program to its end and gives what it printed. Anything but exit status 0 throws, with what it wrote to
 * stderr in the message. A minute is enough for any of them; one that hangs is killed.
 */
export async function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await execute(program, args, {
    env: { ...process.env, ...environment },
    timeout: 60_000,
    maxBuffer: 64 << 20,
  });
  return stdout;
}
