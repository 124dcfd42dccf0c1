import { posix } from "node:path";
import { type HintCode, hintSeverity } from "@countersign/engine/policy/lint/hint";
import { policyHints } from "@countersign/engine/policy/lint/policy-hints";
import { maxPolicySize } from "@countersign/engine/policy/policy-size";
import { CountersignError } from "@countersign/engine/values/error";
import { readJsonDocument } from "@countersign/engine/values/json-document";
import type { TrustFile } from "@countersign/engine/verify/evidence";
import { namedTrustFiles, trustHints } from "@countersign/engine/verify/lint/trust-hints";
import type { Clock } from "@countersign/engine/verify/ports";
import { readPolicy } from "@countersign/sources/policy-languages/read-policy";
import type { NodeFiles } from "../node/node-files.ts";

/** One policy that the gateway would judge by, and how it is. */
export interface PolicyFileState {
  readonly file: string;
  readonly reading: PolicyReading;
  /** the policy, a key or a directory of either that everybody may write */
  readonly writableByAll: readonly string[];
}

export type PolicyReading =
  | {
      readonly type: "valid";
      /** how many warnings lint would give, those below left out */
      readonly warnings: number;
      /** keys and certificates that cannot be used, in lint's words */
      readonly trustFaults: readonly string[];
      /** keys and certificates that could not be looked at, and why */
      readonly trustBarred: readonly string[];
    }
  | { readonly type: "invalid"; readonly faults: number; readonly first: string }
  | { readonly type: "missing" }
  | { readonly type: "barred"; readonly why: string };

const maxTrustFileSize = 1024 * 1024;
const maxTrustFiles = 1000;

export async function policyFileState(
  file: string,
  files: NodeFiles,
  clock: Clock,
): Promise<PolicyFileState> {
  const read = await files.read(file, maxPolicySize);
  if (read.type !== "read") return { file, reading: read, writableByAll: await openToAll([file], files) };
  const { policy, faults } = await readPolicy(read.bytes);
  if (policy === undefined) {
    const [first] = faults;
    const text = first === undefined ? "" : `${first.path}: ${first.message}`.replace(/^: /, "");
    const reading = { type: "invalid", faults: faults.length, first: text } as const;
    return { file, reading, writableByAll: await openToAll([file], files) };
  }
  const document = readJsonDocument(read.bytes);
  const named = [...namedTrustFiles(policy, document).keys()].slice(0, maxTrustFiles);
  const { trusted, barred } = await readTrustFiles(named, files);
  const hints = [
    ...policyHints(policy, document),
    ...trustHints(policy, document, trusted, clock.now() / 1000),
  ];
  const warnings = hints.filter(({ code }) => hintSeverity[code] === "warning");
  const unusable = warnings.filter(({ code }) => unusableTrust.has(code));
  const reading = {
    type: "valid",
    warnings: warnings.length - unusable.length,
    trustFaults: unusable.map(({ message }) => message),
    trustBarred: barred,
  } as const;
  return { file, reading, writableByAll: await openToAll([file, ...named], files) };
}

const unusableTrust: ReadonlySet<HintCode> = new Set([
  "TRUST_FILE_UNREADABLE",
  "TRUST_MATERIAL_INVALID",
  "CERTIFICATE_EXPIRED",
  "CERTIFICATE_NOT_YET_VALID",
]);

async function readTrustFiles(
  paths: readonly string[],
  files: NodeFiles,
): Promise<{ readonly trusted: ReadonlyMap<string, TrustFile>; readonly barred: readonly string[] }> {
  const trusted = new Map<string, TrustFile>();
  const barred: string[] = [];
  for (const path of paths) {
    const read = await files.read(path, maxTrustFileSize);
    if (read.type === "barred") barred.push(read.why);
    if (read.type === "read") trusted.set(path, read);
    if (read.type === "missing") {
      const error = new CountersignError("TRUST_FILE_UNREADABLE", `open ${path}: no such file or directory`);
      trusted.set(path, { type: "failed", error });
    }
  }
  return { trusted, barred };
}

const othersWrite = 0o002;
const sticky = 0o1000;

/** Who may write a policy or a key, or put another file in its place, decides what runs. */
async function openToAll(paths: readonly string[], files: NodeFiles): Promise<readonly string[]> {
  const open = new Set<string>();
  for (const path of paths) {
    const looked = await files.look(path);
    if (looked.type !== "found") continue;
    if (looked.file.mode & othersWrite) open.add(path);
    const directory = await files.look(posix.dirname(looked.file.path));
    if (directory.type !== "found") continue;
    const { mode, path: where } = directory.file;
    if (mode & othersWrite && !(mode & sticky)) open.add(where);
  }
  return [...open];
}
