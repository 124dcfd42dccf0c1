import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { main } from "../../apps/cli/src/main.ts";
import { recordingTerminal } from "../../apps/cli/src/terminal.ts";
import type { Answer } from "./answer.ts";
import { type AskedFiles, flag } from "./site.ts";

/** Asks `countersign verify --output json`: the command as it is, in this process, speaking to a recorder. */
export async function askCountersign(asked: AskedFiles): Promise<Answer> {
  const io = recordingTerminal({ HOME: asked.home });
  await main(verifyArguments(asked), io);
  return readAnswer(io.said.out, io.said.err, io.said.exitCode);
}

/** Asks it as a process of its own. */
export function askCountersignProcess(asked: AskedFiles, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const args = [mainModule, ...verifyArguments(asked)];
    const options = { env: { PATH: process.env["PATH"], HOME: asked.home }, signal, timeout: 60_000 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") return reject(error);
      try {
        resolve(readAnswer(stdout, stderr, Number(error?.code ?? 0)));
      } catch (unreadable) {
        reject(unreadable);
      }
    });
  });
}

const mainModule = fileURLToPath(new URL("../../apps/cli/src/main.ts", import.meta.url));

function verifyArguments({ image, named, platform }: AskedFiles): string[] {
  const variant = platform.variant === undefined ? "" : `/${platform.variant}`;
  return [
    ...["verify", "--output", "json"],
    ...flag("--signature-policy", named?.policy),
    ...flag("--registries-conf", named?.registriesConf),
    ...flag("--registries-d", named?.registriesD),
    ...flag("--authfile", named?.authfile),
    ...["--platform", `${platform.os}/${platform.architecture}${variant}`, image],
  ];
}

/** @throws Error when the printed answer, its decision and the exit code do not fit together */
function readAnswer(out: string, err: string, exitCode: number): Answer {
  if (out === "") throw new Error(`countersign printed no answer (exit ${exitCode}): ${err}`);
  const { decision, message } = JSON.parse(out) as { decision: string; message: string };
  const allowed = decision === "allowed";
  if (allowed !== (exitCode === 0)) throw new Error(`decision ${decision} came with exit code ${exitCode}`);
  return { allowed, message };
}
