import { access } from "node:fs/promises";
import type { Policy } from "@countersign/engine/policy/policy";
import { maxPolicySize } from "@countersign/engine/policy/policy-size";
import { CountersignError } from "@countersign/engine/values/error";
import { quoteList } from "@countersign/engine/values/go-format";
import type { UserEnvironment } from "../environment.ts";
import { parsePolicy } from "../policy-languages/read-policy.ts";
import { isMissing } from "../system-error.ts";
import { configPaths } from "./config-files.ts";
import { readRegularFile } from "./read-file.ts";

/**
 * Which policy applies when none was named: exactly one file, nothing is merged. `$CONTAINERS_POLICY_JSON` must
 * exist when it is set; otherwise the user's own file hides the administrator's, even for root.
 * Source: containers-policy.json(5), containers/image DefaultPolicy.
 * @throws CountersignError POLICY_NOT_FOUND, naming the paths that were looked at
 */
export async function findPolicyFile(environment: UserEnvironment): Promise<string> {
  if (environment.policyFile !== undefined) return environment.policyFile;
  const paths = configPaths(environment, "policy.json");
  for (const path of paths) {
    if (await exists(path)) return path;
  }
  throw new CountersignError(
    "POLICY_NOT_FOUND",
    `config file not found: no policy.json file found; searched paths: ${quoteList(paths)}`,
  );
}

/**
 * @throws CountersignError POLICY_NOT_FOUND, POLICY_UNREADABLE or POLICY_INVALID; the first two in the words of
 *   Go's os.ReadFile
 */
export async function readPolicyFile(path: string): Promise<Policy> {
  return await parsePolicy(await readPolicyBytes(path), path);
}

/** The file's bytes, for those who want every fault rather than the first. */
export async function readPolicyBytes(path: string): Promise<Uint8Array> {
  const reading = await readRegularFile(path, maxPolicySize);
  if (reading.type === "read") return reading.bytes;
  const code = reading.type === "missing" ? "POLICY_NOT_FOUND" : "POLICY_UNREADABLE";
  throw new CountersignError(code, reading.message);
}

/** A file that is there and cannot be looked at counts as there: falling through to a laxer one would be a hole. */
async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    return !isMissing(error);
  }
}
