import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { parseJson } from "@countersign/engine/values/strict-json";
import { refuseIfCancelled } from "../cancellation.ts";
import { runProgram } from "../run-program.ts";
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
    const call = { program, args: ["get"], variables: {}, input: host, name: program } as const;
    const bounds = { timeout, maxOutput, complaints: "ignore" } as const;
    const answer = await runProgram({ ...call, ...bounds }, helperFault, timing, signal);
    const output = answer.output.toString();
    if (answer.exitCode === 0) return parseAnswer(output, program);
    if (output.trim() === "credentials not found in native keychain") return undefined;
    throw unreadable(
      `error getting credentials - err: ${program} ended with ${answer.exitCode}, out: ${errorText(output)}`,
    );
  };
}

function helperFault(message: string, options?: ErrorOptions): CountersignError {
  if (!message.startsWith("exec: ")) return unreadable(message, options);
  const out = message.endsWith("not found in $PATH") ? ", out: ``" : "";
  return unreadable(`error getting credentials - err: ${message}${out}`, options);
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
