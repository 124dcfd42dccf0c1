import type { ChildProcess } from "node:child_process";
import type { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { cancellation, refuseIfCancelled } from "./cancellation.ts";
import type { Timing } from "./timing.ts";

/** A program that is asked something: what it needs goes in, its answer comes out, and both have an end. */
export interface ProgramCall {
  /** looked for in $PATH unless it is a path; no shell is involved */
  readonly program: string;
  readonly args: readonly string[];
  /** besides our own environment */
  readonly variables: Readonly<Record<string, string>>;
  /** to its standard input */
  readonly input: string | Uint8Array;
  /** milliseconds */
  readonly timeout: number;
  /** bytes */
  readonly maxOutput: number;
  /** what it writes to its standard error: to ours, for people; nowhere; or into the answer */
  readonly complaints: "inherit" | "ignore" | "answer";
  /** what it is called in messages */
  readonly name: string;
}

export interface ProgramAnswer {
  /** or the signal's name */
  readonly exitCode: string | number;
  readonly output: Buffer;
  /** the last of its complaints, if they were asked for */
  readonly complaints: string;
}

/** Bytes; the last line is what a program ended for. */
const keptComplaints = 4096;

/**
 * Runs a program to its end, whatever that is; one that takes too long or writes too much is ended, with all that it
 * started.
 * @param fault - makes the error of a program that cannot be started or had to be ended
 * @throws CountersignError by `fault`; CANCELLED or DEADLINE_EXCEEDED
 */
export async function runProgram(
  { program, args, variables, input, timeout, maxOutput, complaints, name }: ProgramCall,
  fault: (message: string, options?: ErrorOptions) => CountersignError,
  timing: Timing,
  signal: AbortSignal,
): Promise<ProgramAnswer> {
  refuseIfCancelled(signal);
  // Rarely needed, so not loaded with the rest.
  const { spawn } = await import("node:child_process");
  // A group of its own, so that what the program started ends with it.
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", complaints === "answer" ? "pipe" : complaints],
    detached: true,
    env: { ...process.env, ...variables },
  });
  return await new Promise((resolve, reject) => {
    const stop = (error: CountersignError): void => {
      release();
      endGroup(child);
      reject(error);
    };
    const cancel = (): void => stop(cancellation(signal));
    const seconds = Math.round(timeout / 1000);
    const stopTimer = timing.after(timeout, () => stop(fault(`${name} gave no answer within ${seconds}s`)));
    signal.addEventListener("abort", cancel, { once: true });
    const release = (): void => {
      stopTimer();
      signal.removeEventListener("abort", cancel);
    };

    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout?.on("data", (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > maxOutput) stop(fault(`${name} wrote more than ${maxOutput} bytes`));
    });
    let last = Buffer.alloc(0);
    child.stderr?.on("data", (chunk: Buffer) => {
      last = Buffer.concat([last, chunk]).subarray(-keptComplaints);
    });
    child.on("error", (cause) => stop(fault(startFailure(program, cause), { cause })));
    child.on("close", (code, killedBy) => {
      release();
      const exitCode = code ?? killedBy ?? "an unknown status";
      resolve({ exitCode, output: Buffer.concat(chunks), complaints: last.toString() });
    });
    // A program that ends without reading is judged by its answer, not by the broken pipe.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

function endGroup(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // it ended by itself
  }
}

/** As Go's os/exec words it. */
function startFailure(program: string, cause: Error): string {
  const { code } = cause as NodeJS.ErrnoException;
  return code === "ENOENT"
    ? `exec: ${quote(program)}: executable file not found in $PATH`
    : `exec: ${quote(program)}: ${code ?? cause.message}`;
}
