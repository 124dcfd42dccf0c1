import { CountersignError } from "@countersign/engine/values/error";
import { runProgram } from "@countersign/sources/run-program";
import type { Timing } from "@countersign/sources/timing";
import type { Ask } from "./external-materials.ts";

/** Milliseconds. */
const timeout = 30_000;
const maxOutput = 64 * 1024;
const longestWhy = 300;

/**
 * Has a program export public keys from a KMS: it is run with the key's URI as its only argument, without a shell, and
 * prints the key as PEM. One that takes too long or prints too much is ended, with all that it started.
 */
export function kmsCommand(program: string, timing: Timing): Ask {
  return async (uri, signal) => {
    // whoever may write a policy chooses it: a program must not take it for a flag
    if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s\p{Cc}]+$/u.test(uri)) {
      throw failure(
        `${JSON.stringify(uri.slice(0, 100))} is no URI of a key; write e.g. awskms:///arn:aws:kms:…`,
      );
    }
    const name = `${program} ${uri}`;
    const call = { program, args: [uri], variables: {}, input: "", timeout, maxOutput, name } as const;
    const answer = await runProgram({ ...call, complaints: "answer" }, failure, timing, signal);
    if (answer.exitCode === 0) return answer.output.toString();
    const said = answer.complaints.trim().split("\n").at(-1) ?? "";
    throw failure(`${name}: ${said === "" ? `it ended with ${answer.exitCode}` : said.slice(0, longestWhy)}`);
  };
}

function failure(message: string, options?: ErrorOptions): CountersignError {
  return new CountersignError("CONFIG_INVALID", message, options);
}
