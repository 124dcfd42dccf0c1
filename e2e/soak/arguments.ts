import { parseArgs } from "node:util";
import { misfortuneCalled, misfortunes } from "../faults/misfortunes/all.ts";
import type { Misfortune } from "../faults/misfortunes/misfortune.ts";
import type { WorldOptions } from "../faults/world/world.ts";

/** What a soak was asked for. */
export interface SoakArguments {
  readonly seed: number;
  readonly seconds: number;
  /** what goes wrong */
  readonly misfortunes: readonly Misfortune[];
  /** another program than the gateway as it is released */
  readonly gateway: string | undefined;
  readonly runtime: WorldOptions["runtime"];
  readonly output: "text" | "json";
}

/** Those that leave the process alive that is watched. */
const lasting = misfortunes.filter(({ name }) => name !== "gateway-killed" && name !== "gateway-restarted");

export const usage = `Keeps a gateway busy with everything that a node wants of it, while things go wrong around it, and watches what it holds.

  npm run soak -- [MISFORTUNE...] [flags]

  --minutes NUMBER     how long (default: 10)
  --seconds NUMBER     the same, for short ones
  --seed NUMBER        what is asked and what goes wrong is drawn from it (default: the time; it is printed)
  --gateway PROGRAM    put another program in the gateway's place
  --runtime WHICH      testkit (default), or containerd: 2.1, as installed by npm run peers, with what can be done to it
  --output text|json

Exits 0 if no decision was wrong and nothing grew; 1 otherwise; 2 for wrong arguments.

misfortunes: ${lasting.map(({ name }) => name).join(", ")}
`;

/** @returns "help" when that was asked; @throws Error that says which argument is wrong */
export function parseArguments(argv: readonly string[], now: number): SoakArguments | "help" {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      minutes: { type: "string", default: "10" },
      seconds: { type: "string" },
      seed: { type: "string", default: String(Math.floor(now / 1000)) },
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
  const seconds =
    values.seconds === undefined
      ? wholeNumber("--minutes", values.minutes) * 60
      : wholeNumber("--seconds", values.seconds);
  if (seconds < 20) throw new Error(`--seconds ${seconds}: nothing can be told of less than 20`);
  return {
    seed: wholeNumber("--seed", values.seed),
    seconds,
    misfortunes: (positionals.length === 0 ? lasting : positionals.map(misfortuneCalled)).filter(
      ({ needsTestkit }) => runtime === "testkit" || needsTestkit !== true,
    ),
    gateway: values.gateway,
    runtime,
    output: values.output,
  };
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new Error(`${flag} ${text}: write a whole number`);
  return Number(text);
}
