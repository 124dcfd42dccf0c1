import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Hint } from "@countersign/engine/policy/lint/hint";
import { CountersignError } from "@countersign/engine/values/error";
import { parseNamespace } from "@countersign/gateway/policy/namespace";
import { systemErrorText } from "@countersign/sources/system-error";

/** A file to lint, and what its name alone tells. */
export interface PolicyArgument {
  readonly file: string;
  readonly nameHints: readonly Hint[];
}

/** Below a directory with all policies of a node: those of namespaces, as compile writes them. */
const ofNamespaces = "policies";

/**
 * What an argument stands for: a file for itself, a directory for every policy in it, as `--signature-policy-dir` reads
 * them, and in its `policies`, as `compile --out` writes them. Not deeper: nothing below is a namespace's.
 * @throws CountersignError POLICY_NOT_FOUND for a directory without policies, POLICY_UNREADABLE
 */
export async function policiesIn(argument: string): Promise<readonly PolicyArgument[]> {
  const names = await namesIn(argument);
  if (names === undefined) return [{ file: argument, nameHints: [] }];
  const below = names.includes(ofNamespaces) ? await namesIn(join(argument, ofNamespaces)) : [];
  const policies = [
    ...policiesAmong(names, argument),
    ...policiesAmong(below ?? [], join(argument, ofNamespaces)),
  ];
  if (policies.length > 0) return policies;
  throw new CountersignError("POLICY_NOT_FOUND", `there is no NAMESPACE.json in ${argument}`);
}

function policiesAmong(names: readonly string[], directory: string): readonly PolicyArgument[] {
  const policies = names.filter((name) => name.toLowerCase().endsWith(".json")).sort();
  return policies.map((name) => ({ file: join(directory, name), nameHints: [...nameHint(name)] }));
}

/** Undefined for what is no directory, or not there: reading it will tell more. */
async function namesIn(path: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTDIR" || code === "ENOENT") return undefined;
    throw new CountersignError("POLICY_UNREADABLE", `open ${path}: ${systemErrorText(error)}`);
  }
}

function* nameHint(name: string): Generator<Hint> {
  const namespace = name.slice(0, -".json".length);
  if (name.endsWith(".json") && isNamespace(namespace)) return;
  yield {
    code: "POLICY_FILE_NAME",
    path: "",
    message:
      "no namespace has this name, so the file is never read, and the global policy holds where it was to",
    remedy: `call it NAMESPACE.json, the namespace as kubectl get namespaces shows it`,
  };
}

function isNamespace(text: string): boolean {
  try {
    return parseNamespace(text) !== undefined;
  } catch {
    return false;
  }
}
