import { parseArgs } from "node:util";

/** What a run was asked for. */
export interface RunArguments {
  /** of the table, the cases whose `dimension: name` matches; undefined: the whole table */
  readonly only: RegExp | undefined;
  /** how many cases are drawn at random */
  readonly random: number;
  readonly seed: number;
  readonly output: "text" | "json";
}

export const usage = `Puts the same questions to countersign verify and to skopeo copy, and compares decision and reason.

  --only PATTERN       of the table, only cases whose "dimension: name" matches, in any case
  --random COUNT       as many cases drawn at random besides (default: 200, and none with --only)
  --seed NUMBER        what they are drawn from (default: 1)
  --output text|json

Exits 0 if every case agrees, or differs as the decision page lists it; 1 if not; 2 for wrong arguments or without
skopeo (npm run peers installs it).
`;

/** @returns "help" when that was asked; @throws Error that says which argument is wrong */
export function parseArguments(argv: readonly string[]): RunArguments | "help" {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: "string" },
      random: { type: "string" },
      seed: { type: "string", default: "1" },
      output: { type: "string", default: "text" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  if (values.output !== "text" && values.output !== "json") {
    throw new Error(`--output ${values.output}: write text or json`);
  }
  return {
    only: values.only === undefined ? undefined : new RegExp(values.only, "i"),
    random: wholeNumber("--random", values.random ?? (values.only === undefined ? "200" : "0")),
    seed: wholeNumber("--seed", values.seed),
    output: values.output,
  };
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${flag} ${text}: write a whole number`);
  return Number(text);
}
