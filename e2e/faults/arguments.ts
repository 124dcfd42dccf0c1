import { parseArgs } from "node:util";
import { misfortuneCalled, misfortunes } from "./misfortunes/all.ts";
import type { Misfortune } from "./misfortunes/misfortune.ts";
import type { WorldOptions } from "./world/world.ts";

/** What a run was asked for. */
export interface FaultArguments {
  readonly seed: number;
  /** how long, where {@link steps} do not say what is played */
  readonly seconds: number;
  /** instead of as many as there is time for: these, in this order; undefined when neither steps nor a count are said */
  readonly steps: readonly number[] | undefined;
  readonly misfortunes: readonly [Misfortune, ...Misfortune[]];
  /** another program than the gateway as it is released */
  readonly gateway: string | undefined;
  readonly runtime: WorldOptions["runtime"];
  readonly output: "text" | "json";
}

export const usage = `Lets things go wrong around a real gateway, and knows which answers are right.

  npm run faults -- [MISFORTUNE...] [flags]

  --seconds NUMBER     how long (default: 60)
  --seed NUMBER        what the steps are drawn from (default: the time; it is printed)
  --count NUMBER       play so many steps, however long they take: instead of --seconds
  --steps N,N…         play these steps of the seed, and no others: instead of both
  --gateway PROGRAM    put another program in the gateway's place
  --runtime WHICH      testkit (default), or containerd: 2.1, as installed by npm run peers, with what can be done to it
  --output text|json

Exits 0 if everything held; 1 if something did not, with the seed and as few steps as show it again; 2 for wrong arguments.

misfortunes: ${misfortunes.map(({ name }) => name).join(", ")}
`;

/** @returns "help" when that was asked; @throws Error that says which argument is wrong */
export function parseArguments(argv: readonly string[], now: number): FaultArguments | "help" {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      seconds: { type: "string" },
      seed: { type: "string", default: String(Math.floor(now / 1000)) },
      count: { type: "string" },
      steps: { type: "string" },
      gateway: { type: "string" },
      runtime: { type: "string", default: "testkit" },
      output: { type: "string", default: "text" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  if (values.output !== "text" && values.output !== "json")
    throw new Error(`--output ${values.output}: write text or json`);
  if (values.runtime !== "testkit" && values.runtime !== "containerd")
    throw new Error(`--runtime ${values.runtime}: write testkit or containerd`);
  const { runtime } = values;
  const [first = misfortunes[0], ...others] = (
    positionals.length === 0 ? misfortunes : positionals.map(misfortuneCalled)
  ).filter(({ needsTestkit }) => runtime === "testkit" || needsTestkit !== true);
  return {
    seed: wholeNumber("--seed", values.seed),
    seconds: wholeNumber("--seconds", values.seconds ?? "60"),
    steps: stepsOf(values),
    misfortunes: [first, ...others],
    gateway: values.gateway,
    runtime,
    output: values.output,
  };
}

interface Extent {
  readonly seconds?: string;
  readonly count?: string;
  readonly steps?: string;
}

function stepsOf({ seconds, count, steps }: Extent): readonly number[] | undefined {
  const said = Object.entries({ "--seconds": seconds, "--count": count, "--steps": steps })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag);
  if (said.length > 1) throw new Error(`${said.join(" and ")}: write one of them`);
  if (count !== undefined) {
    // No steps would hold whatever is wrong.
    if (!/^[1-9]\d{0,4}$/.test(count))
      throw new Error(`--count ${count}: write a whole number from 1 to 99999`);
    return Array.from({ length: Number(count) }, (_, step) => step);
  }
  return steps?.split(",").map((step) => wholeNumber("--steps", step));
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new Error(`${flag} ${text}: write a whole number`);
  return Number(text);
}
