import { exitCode } from "./exit-code.ts";
import { noPaint, type Paint, paintFor } from "./render/paint.ts";

/** Where a command speaks and how it ends; the process itself, or a recorder in tests. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** sets the exit code; output that is still on its way is not cut off */
  readonly exitWith: (code: number) => void;
  readonly paint: Paint;
  /** the variables a command may read; commands never read the process's own */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** This process. The only place of the command that sees its environment. */
export function terminal(): Terminal {
  outliveReaders();
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    exitWith: (code) => {
      process.exitCode = code;
    },
    paint: paintFor(process.stdout, process.env["NO_COLOR"]),
    environment: process.env,
  };
}

/**
 * Whoever reads may go away: `| head`, or what collects the gateway's log. That is no reason to end, least of all with 1,
 * which means denied; a node would lose its runtime. Output that is lost for another reason, such as a full disk, is a
 * failure to answer.
 */
function outliveReaders(): void {
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.exitCode = exitCode.undecided;
    process.stderr.write(`countersign: cannot write the output: ${error.message}\n`);
  });
}

/** A terminal that remembers, for tests. */
export interface RecordedTerminal extends Terminal {
  readonly said: { out: string; err: string; exitCode: number };
}

export function recordingTerminal(environment: Readonly<Record<string, string>> = {}): RecordedTerminal {
  const said = { out: "", err: "", exitCode: 0 };
  return {
    said,
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    exitWith: (code) => {
      said.exitCode = code;
    },
    paint: noPaint,
    environment,
  };
}
