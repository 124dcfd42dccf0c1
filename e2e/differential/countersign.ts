import { main } from "../../apps/cli/src/main.ts";
import { recordingTerminal } from "../../apps/cli/src/terminal.ts";
import type { Answer } from "./answer.ts";
import type { AskedFiles } from "./site.ts";

/** Asks `countersign verify --output json`: the command as it is, in this process, speaking to a recorder. */
export async function askCountersign(asked: AskedFiles): Promise<Answer> {
  const io = recordingTerminal({ HOME: asked.home });
  await main(verifyArguments(asked), io);
  return readAnswer(io.said.out, io.said.err, io.said.exitCode);
}

export function verifyArguments({
  image,
  policy,
  registriesConf,
  registriesD,
  platform,
}: AskedFiles): string[] {
  const variant = platform.variant === undefined ? "" : `/${platform.variant}`;
  return [
    ...["verify", "--output", "json", "--signature-policy", policy],
    ...["--registries-conf", registriesConf, "--registries-d", registriesD],
    ...["--platform", `${platform.os}/${platform.architecture}${variant}`, image],
  ];
}

/**
 * A command line that cannot be understood is answered on stderr, without JSON: an image's name is part of it.
 * @throws Error when the printed answer, its decision and the exit code do not fit together
 */
export function readAnswer(out: string, err: string, exitCode: number): Answer {
  if (out === "" && exitCode === 2)
    return { allowed: false, message: err.trimEnd().replace(/^countersign: /, "") };
  if (out === "") throw new Error(`countersign printed no answer (exit ${exitCode}): ${err}`);
  const { decision, message } = JSON.parse(out) as { decision: string; message: string };
  const allowed = decision === "allowed";
  if (allowed !== (exitCode === 0)) throw new Error(`decision ${decision} came with exit code ${exitCode}`);
  return { allowed, message };
}
