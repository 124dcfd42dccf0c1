import { CountersignError } from "@countersign/engine/values/error";
import { exitCode } from "./exit-code.ts";
import { noPaint, type Paint, paintFor } from "./render/paint.ts";

/** Where a command speaks and how it ends; the process itself, or a recorder in tests. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** sets the exit code; output that is still on its way is not cut off */
  readonly exitWith: (code: number) => void;
  /** ends the process with that exit code, whatever else is under way; what was said before is out */
  readonly end: () => void;
  readonly paint: Paint;
  /** tells someone who waits at a terminal how far it is, in a line that the next one replaces; `""` removes it */
  readonly progress: (text: string) => void;
  /** asks whoever sits there for something that is not shown as it is typed; undefined if nobody does */
  readonly askSecret: (prompt: string) => Promise<string | undefined>;
  /** standard input, for commands that are told to read it */
  readonly input: () => AsyncIterable<Uint8Array>;
  /** aborts at the first ctrl-C from now on, for commands that then say how far they came; a second one ends them */
  readonly interruption: () => AbortSignal;
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
    end: () => process.exit(),
    paint: paintFor(process.stdout, process.env["NO_COLOR"]),
    progress: (text) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
    },
    askSecret: async (prompt) =>
      (await import("./ask-secret.ts")).askSecret(prompt, process.stdin, process.stderr),
    input: () => process.stdin,
    interruption: () => {
      const stop = new AbortController();
      process.once("SIGINT", () => stop.abort(new CountersignError("CANCELLED", "interrupted")));
      return stop.signal;
    },
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

export function recordingTerminal(
  environment: Readonly<Record<string, string>> = {},
  interruption: AbortSignal = new AbortController().signal,
  input = "",
): RecordedTerminal {
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
    end: () => {},
    paint: noPaint,
    progress: () => {},
    askSecret: async () => undefined,
    input: async function* () {
      yield Buffer.from(input);
    },
    interruption: () => interruption,
    environment,
  };
}
