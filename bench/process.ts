import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { type Environment, environment } from "../e2e/peers/own-environment.ts";

export type Command = readonly [program: string, ...args: string[]];

export interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

/** Runs a program to its end; what it prints to stdout is thrown away. */
export async function runToEnd([program, ...args]: Command, variables: Environment = {}): Promise<Ended> {
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...environment, ...variables },
  });
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  return { status, stderr };
}

/** Runs a program that must end well. */
export async function succeed(command: Command, variables?: Environment): Promise<void> {
  const { status, stderr } = await runToEnd(command, variables);
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${stderr.slice(-2000)}`);
}

/** Resident memory of a running process now, in MB (10⁶ bytes). */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const [, kibibytes = ""] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}
