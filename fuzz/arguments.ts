import { parseArgs } from "node:util";
import { type TargetEntry, targets } from "./targets.ts";

/** What a run was asked for. */
export interface FuzzArguments {
  readonly targets: readonly TargetEntry[];
  /** for all targets together */
  readonly seconds: number;
  /** whether as many inputs are tried as a small machine would in that time */
  readonly counted: boolean;
  readonly seed: number;
  readonly output: "text" | "json";
  /** whether inputs with new outcomes are kept */
  readonly keep: boolean;
  /** instead of fuzzing: the file to put to the one target */
  readonly replay: string | undefined;
}

export const usage = `Puts random, mutated and adversarial inputs to whatever reads strangers' bytes.

  npm run fuzz -- [TARGET...] [flags]

  --seconds NUMBER     for all targets together (default: 60)
  --counted            as many inputs as two slow cores try in that time: the same ones, however fast this machine is
  --seed NUMBER        what the inputs are drawn from (default: the time; it is printed)
  --output text|json
  --keep               keep smallest inputs with new outcomes in fuzz/corpus, which later runs start from
  --replay FILE        put one input to one target, and say what becomes of it

Exits 0 if everything held; 1 if something did not: the smallest input that shows it is in fuzz/corpus then, and
npm test fails until it holds; 2 for wrong arguments.

targets: ${targets.map(({ name }) => name).join(", ")}
`;

/** @returns "help" when that was asked; @throws Error that says which argument is wrong */
export function parseArguments(argv: readonly string[], now: number): FuzzArguments | "help" {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "60" },
      counted: { type: "boolean", default: false },
      seed: { type: "string", default: String(Math.floor(now / 1000)) },
      output: { type: "string", default: "text" },
      keep: { type: "boolean", default: false },
      replay: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  if (values.output !== "text" && values.output !== "json") {
    throw new Error(`--output ${values.output}: write text or json`);
  }
  if (values.replay !== undefined && positionals.length !== 1) throw new Error("--replay: name one target");
  return {
    targets: positionals.length === 0 ? targets : positionals.map(targetCalled),
    seconds: wholeNumber("--seconds", values.seconds),
    counted: values.counted,
    seed: wholeNumber("--seed", values.seed),
    output: values.output,
    keep: values.keep,
    replay: values.replay,
  };
}

function targetCalled(name: string): TargetEntry {
  const target = targets.find((target) => target.name === name);
  if (target === undefined) {
    throw new Error(`no target ${name}; there are ${targets.map(({ name }) => name).join(", ")}`);
  }
  return target;
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new Error(`${flag} ${text}: write a whole number`);
  return Number(text);
}
