import type { ChildProcess } from "node:child_process";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { parseJson } from "@countersign/engine/values/strict-json";
import { cancellation, refuseIfCancelled } from "../cancellation.ts";
import type { Timing } from "../timing.ts";
import type { RegistryCredentials } from "./credentials.ts";

/** Asks one `docker-credential-<name>` program about one host. */
export type AskHelper = (
  name: string,
  host: string,
  signal: AbortSignal,
) => Promise<RegistryCredentials | undefined>;

const maxOutput = 64 * 1024;
const timeout = 30_000;

/**
 * Runs `docker-credential-<name> get`: the host goes to its standard input, a JSON object comes back. No shell is
 * involved, and a name that is a path is refused, so that a configuration file cannot run programs from anywhere.
 * Source: docker-credential-helpers, client.Get.
 * @throws CountersignError CREDENTIALS_UNREADABLE when the program is missing, fails, hangs or talks nonsense;
 *   CANCELLED or DEADLINE_EXCEEDED
 */
export function helperPrograms(timing: Timing): AskHelper {
  return async (name, host, signal) => {
    refuseIfCancelled(signal);
    if (!/^[A-Za-z0-9._-]+$/.test(name))
      throw unreadable(`${quote(name)} is not the name of a credential helper`);
    const program = `docker-credential-${name}`;
    // Rarely needed, so not loaded with the rest.
    const { spawn } = await import("node:child_process");
    // A group of its own, so that what the helper started ends with it.
    const child = spawn(program, ["get"], { stdio: ["pipe", "pipe", "ignore"], detached: true });
    const { exitCode, output } = await outputOf(child, host, program, timing, signal);
    if (exitCode === 0) return parseAnswer(output, program);
    if (output.trim() === "credentials not found in native keychain") return undefined;
    throw unreadable(
      `error getting credentials - err: ${program} ended with ${exitCode}, out: ${errorText(output)}`,
    );
  };
}

function outputOf(
  child: ChildProcess,
  input: string,
  program: string,
  timing: Timing,
  signal: AbortSignal,
): Promise<{ readonly exitCode: string | number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const stop = (error: CountersignError): void => {
      release();
      endGroup(child);
      reject(error);
    };
    const cancel = (): void => stop(cancellation(signal));
    const stopTimer = timing.after(timeout, () => stop(unreadable(`${program} gave no answer within 30s`)));
    signal.addEventListener("abort", cancel, { once: true });
    const release = (): void => {
      stopTimer();
      signal.removeEventListener("abort", cancel);
    };

    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout?.on("data", (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > maxOutput) stop(unreadable(`${program} wrote more than ${maxOutput} bytes`));
    });
    child.on("error", (cause) => stop(unreadable(startFailure(program, cause), { cause })));
    child.on("close", (code, killedBy) => {
      release();
      resolve({
        exitCode: code ?? killedBy ?? "an unknown status",
        output: Buffer.concat(chunks).toString(),
      });
    });
    // A helper that ends without reading is judged by its answer, not by the broken pipe.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

function endGroup(child: ChildProcess): void {
  child.stdout?.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // it ended by itself
  }
}

function startFailure(program: string, cause: Error): string {
  const { code } = cause as NodeJS.ErrnoException;
  return code === "ENOENT"
    ? `error getting credentials - err: exec: ${quote(program)}: executable file not found in $PATH, out: \`\``
    : `error getting credentials - err: exec: ${quote(program)}: ${code ?? cause.message}`;
}

function parseAnswer(output: string, program: string): RegistryCredentials | undefined {
  const answer = parse(output, program);
  if (answer.kind !== "object") throw unreadable(`${program} did not answer with a JSON object`);
  const text = (name: string): string => {
    const value = answer.members.findLast(([key]) => key.toLowerCase() === name)?.[1];
    return value?.kind === "string" ? value.value : "";
  };
  const [username, secret] = [text("username"), text("secret")];
  if (username === "<token>") return { type: "identityToken", token: secret };
  return username === "" && secret === "" ? undefined : { type: "basic", username, password: secret };
}

function parse(output: string, program: string): ReturnType<typeof parseJson> {
  try {
    return parseJson(output);
  } catch (error) {
    throw unreadable(`${program} did not answer with JSON: ${CountersignError.from(error).message}`);
  }
}

/** By the protocol a failing helper says why; one that breaks the protocol might print a secret. */
function errorText(output: string): string {
  return output.includes("{") ? "(withheld)" : quote(output.trim().slice(0, 200));
}

function unreadable(message: string, options?: ErrorOptions): CountersignError {
  return new CountersignError("CREDENTIALS_UNREADABLE", message, options);
}
