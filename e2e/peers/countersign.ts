import { execFile } from "node:child_process";
import { countersign } from "./gateway.ts";

/** How the command ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `countersign` as people do, as a process of its own; this one goes on serving what it serves meanwhile. */
export function runCountersign(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const options = { env: { ...process.env, ...environment }, timeout: 60_000, maxBuffer: 16 << 20 };
  return new Promise((resolve, reject) => {
    execFile(countersign, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === "number") resolve({ status, stdout, stderr });
      else reject(new Error(`countersign ${args[0]} did not end by itself: ${stderr}`, { cause: error }));
    });
  });
}
