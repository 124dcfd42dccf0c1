import { lintHints, type PolicyHint } from "@countersign/engine/policy/lint-hints";
import { type PolicyFault, readPolicy } from "@countersign/engine/policy/parse-policy";
import { CountersignError } from "@countersign/engine/values/error";
import { readPolicyBytes } from "@countersign/sources/files/policy-file";
import { exitCode } from "../exit-code.ts";
import { printable } from "../render/printable.ts";
import type { Terminal } from "../terminal.ts";

interface LintedFile {
  readonly file: string;
  readonly valid: boolean;
  readonly faults: readonly PolicyFault[];
  readonly hints: readonly PolicyHint[];
}

/** `countersign lint FILE…`: every fault of every file; exit 2 as soon as one file does not parse. */
export async function lint(
  files: readonly string[],
  flags: { output: "text" | "json" },
  io: Terminal,
): Promise<void> {
  const linted: LintedFile[] = [];
  for (const file of files) linted.push(await lintFile(file));
  io.out(
    flags.output === "json"
      ? `${JSON.stringify(linted, undefined, 2)}\n`
      : linted.map((one) => toText(one, io)).join(""),
  );
  io.exitWith(linted.every(({ valid }) => valid) ? exitCode.allowed : exitCode.usage);
}

async function lintFile(file: string): Promise<LintedFile> {
  try {
    const { policy, faults } = readPolicy(await readPolicyBytes(file));
    return {
      file,
      valid: policy !== undefined,
      faults,
      hints: policy === undefined ? [] : lintHints(policy),
    };
  } catch (caught) {
    return {
      file,
      valid: false,
      faults: [{ path: "", place: { line: 1, column: 1 }, message: CountersignError.from(caught).message }],
      hints: [],
    };
  }
}

function toText({ file, valid, faults, hints }: LintedFile, { paint }: Terminal): string {
  const lines = [`${printable(file)}: ${valid ? paint.good("valid") : paint.bad("not a valid policy")}`];
  for (const { path, message } of faults) lines.push(place("fault", path, message));
  for (const { path, message } of hints) lines.push(place("hint", path, message));
  return `${lines.join("\n")}\n`;
}

function place(kind: string, path: string, message: string): string {
  return printable(`  ${kind.padEnd(6)}${path === "" ? "" : `${path}: `}${message}`);
}
