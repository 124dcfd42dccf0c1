import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";

const inside = "COUNTERSIGN_MOUNTS_ARE_OURS";

/**
 * Does something where mounting is nobody else's business: this same program is started again in a mount namespace of its
 * own, and whatever is mounted there goes away with it.
 * @returns the exit status
 */
export async function inMountNamespace(work: () => Promise<number>): Promise<number> {
  if (process.env[inside] !== undefined) return await work();
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
  return code ?? 1;
}
