import { readdir } from "node:fs/promises";
import { CountersignError } from "@countersign/engine/values/error";
import { type Namespace, parseNamespace } from "@countersign/gateway/policy/namespace";
import { systemErrorText } from "@countersign/sources/system-error";

/** What is in a directory of `<namespace>.json`. */
export interface NamespaceFiles {
  /** that have a policy of their own, in the order of their names */
  readonly namespaces: readonly Namespace[];
  /** files that no namespace can be called after: nobody ever reads them */
  readonly neverRead: readonly string[];
}

/** @throws CountersignError POLICY_UNREADABLE when there is no such directory, or none that can be read */
export async function namespaceFiles(directory: string): Promise<NamespaceFiles> {
  const names = (await filesIn(directory)).sort();
  const namespaces = names.map(namespaceOf);
  return {
    namespaces: namespaces.filter((namespace) => namespace !== undefined),
    neverRead: names.filter((_, at) => namespaces[at] === undefined),
  };
}

async function filesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    throw new CountersignError("POLICY_UNREADABLE", `open ${directory}: ${systemErrorText(error)}`);
  }
}

function namespaceOf(name: string): Namespace | undefined {
  if (!name.endsWith(".json")) return undefined;
  try {
    return parseNamespace(name.slice(0, -".json".length));
  } catch (error) {
    if (error instanceof CountersignError) return undefined;
    throw error;
  }
}
