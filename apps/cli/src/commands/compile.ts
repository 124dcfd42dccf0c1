import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NoMatch } from "@countersign/engine/cluster/compile-cluster";
import { CountersignError } from "@countersign/engine/values/error";
import { writeAtomically } from "@countersign/sources/files/write-atomically";
import { type CompileTarget, compileFiles } from "../compile/compile-files.ts";
import { readResources } from "../compile/read-resources.ts";
import { exitCode } from "../exit-code.ts";
import { compileToJson, compileToText } from "../render/compile.ts";
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
 * @throws CountersignError USAGE for a file that cannot be read
 */
export async function compile(flags: CompileFlags, io: Terminal): Promise<void> {
  const { policies, objects, faults } = await readResources(flags.filename);
  if (faults.length === 0 && policies.length === 0) {
    throw new CountersignError("USAGE", "there is no policy in these files; see --help for what is read");
  }
  if (faults.length > 0) {
    io.out(
      flags.output === "json" ? compileToJson(faults, undefined) : compileToText(faults, undefined, io.paint),
    );
    return io.exitWith(exitCode.usage);
  }
  const context = {
    objects,
    namespace: flags.systemNamespace,
    noMatch: flags.unmatched,
    publicRoot: await readPublicRoot(flags.publicTrustedRoot),
  };
  const compiled = await compileFiles(policies, flags.target, context);
  if (flags.out !== undefined) await writeAll(flags.out, compiled.files);
  io.out(flags.output === "json" ? compileToJson([], compiled) : compileToText([], compiled, io.paint));
  const isWhole =
    compiled.notes.length === 0 && compiled.rules.every(({ shortcomings }) => shortcomings.length === 0);
  io.exitWith(isWhole ? exitCode.allowed : exitCode.denied);
}

async function writeAll(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, content] of files) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeAtomically(path, content, 0o644);
  }
}
