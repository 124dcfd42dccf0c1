import { explainReport } from "../render/explain.ts";
import { reportToJson } from "../render/json.ts";
import type { Terminal } from "../terminal.ts";
import { ask } from "./ask.ts";
import type { ImageFlags } from "./image-flags.ts";
import { exitCodeFor } from "./verify.ts";

/** `countersign explain IMAGE`: how the answer came about; exits as verify does. */
export async function explain(image: string, flags: ImageFlags, io: Terminal): Promise<void> {
  const report = await ask(image, flags, io);
  io.out(flags.output === "json" ? reportToJson(report) : explainReport(report, io.paint));
  io.exitWith(exitCodeFor(report.outcome));
}
