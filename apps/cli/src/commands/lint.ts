import { hintSeverity } from "@countersign/engine/policy/lint/hint";
import { CountersignError } from "@countersign/engine/values/error";
import { registriesConfLoader } from "@countersign/sources/containers-config/load-registries-conf";
import { registriesDLoader } from "@countersign/sources/containers-config/load-registries-d";
import { trustFiles } from "@countersign/sources/files/trust-files";
import { exitCode } from "../exit-code.ts";
import { type LintedFile, refused } from "../lint/finding.ts";
import { type LintPorts, lintPolicyFile } from "../lint/lint-policy-file.ts";
import { type PolicyArgument, policiesIn } from "../lint/policy-arguments.ts";
import type { RegistriesSetup } from "../lint/signature-places.ts";
import { lintToJson } from "../render/lint-json.ts";
import { lintToText } from "../render/lint-text.ts";
import type { Terminal } from "../terminal.ts";
import { environmentOf } from "../user-environment.ts";

/** The flags of lint as they were typed. */
export interface LintFlags {
  readonly policyOnly?: boolean;
  readonly registriesConf?: string;
  readonly registriesD?: string;
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
  const linted: LintedFile[] = [];
  const registries = await registriesSetup(flags, io, linted);
  const ports: LintPorts = {
    trustFiles: flags.policyOnly === true ? undefined : trustFiles,
    registries,
    clock: Date,
  };
  const { signal } = new AbortController();
  for (const argument of policies) {
    for (const policy of await expand(argument, linted)) {
      linted.push(await lintPolicyFile(policy, ports, ignored, signal));
    }
  }
  io.out(flags.output === "json" ? lintToJson(linted) : lintToText(linted, io.paint));
  io.exitWith(exitCodeFor(linted, flags.strict === true));
}

function exitCodeFor(linted: readonly LintedFile[], strict: boolean): number {
  if (linted.some(({ faults }) => faults.length > 0)) return exitCode.usage;
  const warned = linted.some(({ hints }) => hints.some(({ severity }) => severity === "warning"));
  return strict && warned ? exitCode.denied : exitCode.allowed;
}

async function expand(argument: string, linted: LintedFile[]): Promise<readonly PolicyArgument[]> {
  try {
    return await policiesIn(argument);
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    linted.push(refused(argument, code, message));
    return [];
  }
}

/** What was named is looked at even with --policy-only. A fault in it is one like any other. */
async function registriesSetup(
  { policyOnly, registriesConf, registriesD }: LintFlags,
  io: Terminal,
  linted: LintedFile[],
): Promise<RegistriesSetup | undefined> {
  if (policyOnly === true && registriesConf === undefined && registriesD === undefined) return undefined;
  const environment = environmentOf(io);
  const directory = registriesD ?? "/etc/containers/registries.d";
  const conf = registriesConfLoader(environment, registriesConf);
  try {
    return {
      registriesD: await registriesDLoader(environment, registriesD)(),
      registriesConf: await conf.load(),
      directory,
    };
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    linted.push(refused(registriesD ?? registriesConf ?? "registries.d, registries.conf", code, message));
    return undefined;
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
