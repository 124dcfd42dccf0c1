import { execFile } from "node:child_process";
import { CountersignError } from "@countersign/engine/values/error";
import type { Ask } from "./external-materials.ts";

const patienceMs = 30_000;
const maxOutput = 64 * 1024;

/**
 * Has a program export public keys from a KMS: it is run with the key's URI as its only argument, without a shell, and
 * prints the key as PEM.
 */
export function kmsCommand(program: string): Ask {
  return (uri, signal) =>
    new Promise((resolve, reject) => {
      execFile(
        program,
        [uri],
        { timeout: patienceMs, maxBuffer: maxOutput, signal },
        (error, stdout, stderr) => {
          if (error === null) return resolve(stdout);
          const said = stderr.trim().split("\n").at(-1) ?? "";
          const why = said === "" ? error.message : said.slice(0, 300);
          reject(new CountersignError("CONFIG_INVALID", `${program} ${uri}: ${why}`, { cause: error }));
        },
      );
    });
}
