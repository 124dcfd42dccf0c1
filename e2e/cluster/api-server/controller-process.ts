import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import process from "node:process";

/** A controller in a process of its own, which nobody can spare anything. */
export interface ControllerProcess {
  readonly pid: number;
  /** the signal that ended it, or its exit status */
  readonly ended: Promise<string | number>;
  /** resident memory, 10⁶ bytes: now, and the most it ever was */
  memory(): Promise<{ readonly now: number; readonly most: number }>;
  /** processor seconds so far */
  cpuSeconds(): Promise<number>;
  log(): string;
  stop(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

/** @param program and its arguments */
export function startControllerProcess(program: readonly string[]): ControllerProcess {
  const [file = "", ...args] = program;
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-200_000);
    });
  }
  const ended = once(child, "exit").then(([status, signal]) => (signal ?? status) as string | number);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} cannot be started`);
  // it must not outlive whoever started it
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  void ended.then(() => process.off("exit", end));
  return {
    ...{ pid, ended },
    async memory() {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      const megabytes = (name: string) =>
        (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024) / 1e6;
      return { now: megabytes("VmRSS"), most: megabytes("VmHWM") };
    },
    async cpuSeconds() {
      const text = await readFile(`/proc/${pid}/stat`, "utf8");
      // after the program's name, which may have spaces: proc(5), fields 14 and 15, in hundredths of a second
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    log: () => log,
    async stop(signal) {
      child.kill(signal);
      await ended;
    },
  };
}
