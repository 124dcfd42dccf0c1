import type { TrustSource } from "../policy/policy.ts";
import { CountersignError } from "../values/error.ts";
import type { TrustFile } from "./evidence.ts";

/**
 * All bytes of a source, in the policy's order.
 * Source: containers/image signature/policy_eval_sigstore.go, loadBytesFromConfigSources.
 * @throws CountersignError TRUST_FILE_UNREADABLE for the first file that cannot be read
 */
export function readTrustSource(
  source: TrustSource,
  files: ReadonlyMap<string, TrustFile>,
): readonly Uint8Array[] {
  return source.type === "inline" ? source.data : source.paths.map((path) => readFile(path, files));
}

function readFile(path: string, files: ReadonlyMap<string, TrustFile>): Uint8Array {
  const file = files.get(path);
  if (file?.type === "read") return file.bytes;
  throw file?.error ?? new CountersignError("INTERNAL", `trust file ${path} was not gathered`);
}
