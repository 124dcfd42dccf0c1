import { readdirSync, readFileSync } from "node:fs";

/** What a process holds of the machine. */
export interface ProcessFigures {
  /** resident memory, in MB (10⁶ bytes) */
  readonly megabytes: number;
  readonly descriptors: number;
}

/** @returns undefined when there is no such process any more */
export function figuresOf(pid: number): ProcessFigures | undefined {
  try {
    const [, kibibytes = ""] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    if (kibibytes === "") return undefined; // it has ended, and nobody has been told yet
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    return { megabytes: (Number(kibibytes) * 1024) / 1e6, descriptors };
  } catch {
    return undefined;
  }
}
