import { hintSeverity } from "@countersign/engine/policy/lint/hint";
import { CountersignError } from "@countersign/engine/values/error";
import { trustFiles } from "@countersign/sources/files/trust-files";
import { exitCode } from "../exit-code.ts";
import { type LintedFile, refused } from "../lint/finding.ts";
import { type LintPorts, lintPolicyFile } from "../lint/lint-policy-file.ts";
import { policiesIn } from "../lint/policy-arguments.ts";
import { type RegistriesChoice, readRegistriesSetup } from "../lint/registries-setup.ts";
import { lintToJson } from "../render/lint-json.ts";
import { lintToText } from "../render/lint-text.ts";
import type { Terminal } from "../terminal.ts";
import { environmentOf } from "../user-environment.ts";
import { parseRegistryConfigPath } from "./image-flags.ts";
import { requireNamedPaths } from "./named-paths.ts";

/** The flags of lint as they were typed. */
export interface LintFlags {
  readonly policyOnly?: boolean;
  readonly registriesConf?: string;
  readonly registriesD?: string;
  readonly registryConfigPath?: string;
  readonly strict?: boolean;
  readonly ignore?: string;
  readonly output: "text" | "json";
}

/**
 * `countersign lint FILE|DIR…`: every fault of every policy, and hints at what is hardly meant. Exits 2 as soon as one
 * is not valid; with --strict, 1 for a warning.
 *
 * By default it looks at the keys and at the registries' configuration of this machine, as what is missing there is what
 * keeps pods from starting; a pipeline that checks policies for other machines says --policy-only.
 * @throws CountersignError USAGE
 */
export async function lint(policies: readonly string[], flags: LintFlags, io: Terminal): Promise<void> {
  const ignored = parseCodes(flags.ignore);
  const choice: RegistriesChoice = {
    registriesConf: flags.registriesConf,
    registriesD: flags.registriesD,
    registryConfigPath: parseRegistryConfigPath(flags.registryConfigPath),
    onlyNamed: flags.policyOnly === true,
  };
  await requireNamedPaths(choice);
  const registries = await attempt("registries.d, registries.conf", undefined, () =>
    readRegistriesSetup(choice, environmentOf(io)),
  );
  const ports: LintPorts = {
    trustFiles: flags.policyOnly === true ? undefined : trustFiles,
    registries: registries.value,
    clock: Date,
  };
  const linted = [...registries.refused];
  const { signal } = new AbortController();
  for (const argument of policies) {
    const found = await attempt(argument, [], () => policiesIn(argument));
    linted.push(...found.refused);
    for (const policy of found.value) linted.push(await lintPolicyFile(policy, ports, ignored, signal));
  }
  io.out(flags.output === "json" ? lintToJson(linted) : lintToText(linted, io.paint));
  io.exitWith(exitCodeFor(linted, flags.strict === true));
}

function exitCodeFor(linted: readonly LintedFile[], strict: boolean): number {
  if (linted.some(({ faults }) => faults.length > 0)) return exitCode.usage;
  const warned = linted.some(({ hints }) => hints.some(({ severity }) => severity === "warning"));
  return strict && warned ? exitCode.denied : exitCode.allowed;
}

/** What fails is told of `file`, like any fault, and the rest is linted all the same. */
async function attempt<T>(
  file: string,
  otherwise: T,
  run: () => Promise<T>,
): Promise<{ readonly value: T; readonly refused: readonly LintedFile[] }> {
  try {
    return { value: await run(), refused: [] };
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    return { value: otherwise, refused: [refused(file, code, message)] };
  }
}

/** @throws CountersignError USAGE for a code that there is none of: a typo would ignore nothing */
function parseCodes(text: string | undefined): ReadonlySet<string> {
  const codes = text === undefined ? [] : text.split(",").map((code) => code.trim());
  const unknown = codes.find((code) => !Object.hasOwn(hintSeverity, code));
  if (unknown === undefined) return new Set(codes);
  throw new CountersignError(
    "USAGE",
    `--ignore ${JSON.stringify(unknown)}: there is no such hint; write codes as lint prints them, with commas`,
  );
}
