import { readFileSync } from "node:fs";

export type LogLine = Readonly<Record<string, unknown>>;

/** Reads a file of JSON lines on, as far as it has been written. */
export class LogReader {
  readonly #file: string;
  #bytes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** The lines that have come since the last call. */
  more(): readonly LogLine[] {
    const text = readFileSync(this.#file).subarray(this.#bytes).toString();
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    this.#bytes += Buffer.byteLength(whole);
    return whole
      .split("\n")
      .filter((line) => line !== "")
      .map(parseLine);
  }

  /** The end of what was written, for people. */
  tail(): string {
    return readFileSync(this.#file, "utf8").slice(-2000);
  }
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line);
  } catch {
    return { level: "fatal", msg: line }; // what Node prints when a process dies of an error
  }
}
