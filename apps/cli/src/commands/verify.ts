import { exitCode, exitCodeOf } from "../exit-code.ts";
import { reportToJson } from "../render/json.ts";
import { reportToText } from "../render/text.ts";
import type { Outcome } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { ask } from "./ask.ts";
import type { ImageFlags } from "./image-flags.ts";

/** `countersign verify IMAGE`: the answer, in text or JSON, and as the exit code. */
export async function verify(image: string, flags: ImageFlags, io: Terminal): Promise<void> {
  const report = await ask(image, flags, io);
  io.out(flags.output === "json" ? reportToJson(report) : reportToText(report, io.paint));
  io.exitWith(exitCodeFor(report.outcome));
}

export function exitCodeFor(outcome: Outcome): number {
  switch (outcome.decision) {
    case "allowed":
      return exitCode.allowed;
    case "denied":
      return exitCode.denied;
    case "undecided":
      return exitCodeOf(outcome.code);
  }
}
