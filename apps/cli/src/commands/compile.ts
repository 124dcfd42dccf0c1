import { dirname, join } from "node:path";
import type { NoMatch } from "@countersign/engine/cluster/compile-cluster";
import { CountersignError } from "@countersign/engine/values/error";
import { makeDirectory } from "@countersign/sources/files/make-directory";
import { writeAtomically } from "@countersign/sources/files/write-atomically";
import { loadLanguagesForAuthors } from "@countersign/sources/policy-languages/read-policy";
import { systemErrorText } from "@countersign/sources/system-error";
import { type Compilation, type CompileTarget, compileFiles } from "../compile/compile-files.ts";
import { readResources } from "../compile/read-resources.ts";
import type { ResourceFault } from "../compile/resource-fault.ts";
import { readResourceFiles } from "../compile/resource-files.ts";
import { exitCode } from "../exit-code.ts";
import { compileToJson, compileToText } from "../render/compile.ts";
import { faultsToJson, faultsToText } from "../render/resource-faults.ts";
import type { Terminal } from "../terminal.ts";
import { readPublicRoot } from "./public-root.ts";

/** The flags of compile as they were typed. */
export interface CompileFlags {
  readonly filename: readonly string[];
  readonly target: CompileTarget;
  readonly out?: string;
  readonly publicTrustedRoot?: string;
  readonly systemNamespace: string;
  readonly unmatched: NoMatch;
  readonly output: "text" | "json";
}

/**
 * `countersign compile`: the files that nodes would have of cluster policies, offline. Exits 2 if one of the resources is
 * not valid, and writes nothing then; 1 if something of them cannot be enforced by the target.
 * @throws CountersignError USAGE for a file that cannot be read, or a place that files cannot be written to
 */
export async function compile(flags: CompileFlags, io: Terminal): Promise<void> {
  const languages = await loadLanguagesForAuthors();
  const texts = await readResourceFiles(flags.filename, io.input());
  const { policies, objects, passedOver, faults } = readResources(texts, languages);
  if (faults.length === 0 && policies.length === 0) {
    throw new CountersignError("USAGE", "there is no policy in these files; see --help for what is read");
  }
  const publicRoot = await readPublicRoot(flags.publicTrustedRoot);
  const { systemNamespace: namespace, unmatched: noMatch } = flags;
  const context = { objects, namespace, noMatch, publicRoot, languages };
  const compiled = faults.length > 0 ? faults : await compileFiles(policies, flags.target, context);
  const isJson = flags.output === "json";
  if (isFaults(compiled)) {
    io.out(isJson ? faultsToJson(compiled) : faultsToText(compiled, io.paint));
    return io.exitWith(exitCode.usage);
  }
  if (flags.out !== undefined) await writeAll(flags.out, compiled.files);
  io.out(isJson ? compileToJson(compiled, passedOver) : compileToText(compiled, passedOver, io.paint));
  const isWhole = compiled.policies.every(({ outcome }) => outcome === "enforced");
  io.exitWith(isWhole ? exitCode.allowed : exitCode.denied);
}

function isFaults(compiled: Compilation | readonly ResourceFault[]): compiled is readonly ResourceFault[] {
  return Array.isArray(compiled);
}

async function writeAll(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  try {
    for (const [name, content] of files) {
      const path = join(directory, name);
      await makeDirectory(dirname(path));
      await writeAtomically(path, content, 0o644);
    }
  } catch (cause) {
    const why = systemErrorText(cause);
    throw new CountersignError(
      "USAGE",
      `--out ${directory}: ${why}; name a directory that files can be written to, there already or not`,
      { cause },
    );
  }
}
