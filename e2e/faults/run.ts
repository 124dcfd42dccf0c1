import { performance } from "node:perf_hooks";
import type { FaultArguments } from "./arguments.ts";
import { Asker } from "./questions/ask.ts";
import { Oracle } from "./questions/oracle.ts";
import type { Failure, FaultReport } from "./report.ts";
import { shrink } from "./shrink.ts";
import { planStep, playStep, type Step, withoutVolumes } from "./step.ts";
import { Violations } from "./violation.ts";
import { openWorld, type WorldOptions } from "./world/world.ts";

/** What is to be played. */
export interface Run extends Pick<FaultArguments, "seed" | "seconds" | "steps" | "misfortunes"> {
  /** milliseconds within which all must be well again after each step */
  readonly patience: number;
}

/** @param say what is going on, for whoever waits */
export async function runFaults(
  run: Run,
  options: WorldOptions,
  say: (line: string) => void,
): Promise<FaultReport> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const numbers = run.steps ?? countingUntil(() => seconds() >= run.seconds);
  const played = await playSteps(run, numbers, options, say);
  const { failed } = played;
  return {
    seed: run.seed,
    passed: failed === undefined,
    seconds: seconds(),
    questions: played.questions,
    misfortunes: played.counts,
    steps: played.steps.length,
    peakMegabytes: played.peakMegabytes,
    failure: failed && (await failureOf(failed, run, played.steps, options, say)),
  };
}

function* countingUntil(isOver: () => boolean): Generator<number> {
  for (let number = 0; !isOver(); number++) yield number;
}

interface Failed {
  readonly step: Step;
  readonly violations: Violations;
}

interface Played {
  readonly steps: readonly number[];
  readonly questions: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly peakMegabytes: number;
  readonly failed: Failed | undefined;
}

/** Plays steps one after the other in a world of their own, up to the first that fails. */
export async function playSteps(
  { seed, misfortunes, patience }: Run,
  numbers: Iterable<number>,
  options: WorldOptions,
  say: (line: string) => void,
): Promise<Played> {
  await using world = await openWorld(options);
  const violations = new Violations();
  const play = { world, violations, patience, asker: new Asker(world), oracle: new Oracle(world.policies) };
  const steps: number[] = [];
  const counts: Record<string, number> = {};
  let questions = 0;
  let peakMegabytes = 0;
  for (const number of numbers) {
    const drawn = planStep(seed, number, misfortunes, world.images);
    const step = world.runtime.inProcess === undefined ? withoutVolumes(drawn) : drawn;
    say(`step ${number}: ${step.plans.map(({ what }) => what).join("; and ")}`);
    steps.push(number);
    for (const name of step.names) counts[name] = (counts[name] ?? 0) + 1;
    const { asked, megabytes } = await playStep(step, play);
    questions += asked;
    peakMegabytes = Math.max(peakMegabytes, megabytes);
    if (violations.all.length > 0)
      return { steps, questions, counts, peakMegabytes, failed: { step, violations } };
  }
  return { steps, questions, counts, peakMegabytes, failed: undefined };
}

/** Steps of a failure are played again so often before it counts as not to be seen again. */
const tries = 2;

async function failureOf(
  { step, violations }: Failed,
  run: Run,
  steps: readonly number[],
  options: WorldOptions,
  say: (line: string) => void,
): Promise<Failure> {
  for (const { kind, message } of violations.all) say(`${kind.toUpperCase()}: ${message}`);
  say("looking for as few steps as show it again");
  const smallest = await shrink(
    steps,
    async (some) => (await playSteps(run, some, options, () => {})).failed !== undefined,
    tries,
  );
  const chosen = run.misfortunes.map(({ name }) => `${name} `).join("");
  const names = run.misfortunes.length < 5 ? chosen : "";
  const runtime = options.runtime === "testkit" ? "" : `--runtime ${options.runtime} `;
  return {
    step: step.number,
    what: step.plans.map(({ what }) => what),
    violations: violations.all,
    smallest,
    replay: `npm run faults -- ${names}${runtime}--seed ${run.seed} --steps ${(smallest ?? steps).join(",")}`,
  };
}
