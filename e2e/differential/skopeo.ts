import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { newerProgram } from "../peers/programs.ts";
import type { Answer } from "./answer.ts";
import { unquoteGo } from "./go-text.ts";
import { type AskedFiles, flag } from "./site.ts";

/**
 * Asks skopeo by letting it copy the image, and gives its reason without the words that only a copy has. Signatures
 * are not copied: reading them again for the copy could fail where the policy needs none.
 * @throws Error when skopeo cannot be started or says nothing that can be read
 */
export async function askSkopeo(asked: Omit<AskedFiles, "image">, signal: AbortSignal): Promise<Answer> {
  const { named, platform } = asked;
  const args = [
    ...flag("--policy", named?.policy),
    ...flag("--registries.d", named?.registriesD),
    ...flag("--registries-conf", named?.registriesConf),
    ...flag("--override-os", platform.os),
    ...flag("--override-arch", platform.architecture),
    ...flag("--override-variant", platform.variant),
    ...["copy", "--quiet", "--remove-signatures"],
    ...flag("--authfile", named?.authfile),
    ...[asked.source, `dir:${asked.copy}`],
  ];
  const { failed, stderr } = await start(args, asked.home, signal);
  await rm(asked.copy, { recursive: true, force: true });
  return failed
    ? { allowed: false, message: reasonOf(stderr, asked.source) }
    : { allowed: true, message: "" };
}

/**
 * skopeo's version.
 * @throws Error when there is no skopeo, saying how one gets it
 */
export async function skopeoVersion(signal: AbortSignal): Promise<string> {
  const install = "skopeo is needed, and does not run; npm run peers installs it";
  const { failed, stdout, stderr } = await start(["--version"], "/nonexistent", signal).catch((error) => {
    throw new Error(`${install}: ${error.message}`);
  });
  if (failed) throw new Error(`${install}: ${stderr}`);
  return stdout.trim();
}

interface Ended {
  readonly failed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], home: string, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env["PATH"], HOME: home, TZ: "UTC", LC_ALL: "C" };
    const options = { env, signal, timeout: 60_000, maxBuffer: 16 << 20 };
    execFile(newerProgram("skopeo"), args, options, (error, stdout, stderr) => {
      // A number is an exit status; a word is a reason why there was no process, or none that ended by itself.
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ failed: error !== null, stdout, stderr });
    });
  });
}

/** The message of logrus' last fatal line, without what only skopeo's command line puts before it. */
function reasonOf(stderr: string, source: string): string {
  const fatal = [...stderr.matchAll(/^time="[^"]*" level=fatal msg=("(?:[^"\\]|\\.)*"|\S*)/gm)].at(-1)?.[1];
  if (fatal === undefined) throw new Error(`skopeo failed without a reason: ${stderr}`);
  const message = unquoteGo(fatal);
  const prefix = ["Error loading trust policy: ", `Invalid source name ${source}: `].find((words) =>
    message.startsWith(words),
  );
  return message.slice(prefix?.length ?? 0);
}
