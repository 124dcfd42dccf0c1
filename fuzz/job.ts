import { type Extent, leftOf } from "./extent.ts";
import type { Tally, Violation } from "./loop.ts";
import { minimise } from "./minimise.ts";
import { shapeOf } from "./outcome.ts";
import type { GrownInput } from "./pool.ts";
import { type Death, type Limits, openThread, usualLimits } from "./thread.ts";

/** Some work for one target. */
export interface Job {
  /** URL of the target's module */
  readonly module: URL;
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  readonly extent: Extent;
  readonly limits?: Limits;
  /** milliseconds for making one finding small; 20 s when undefined */
  readonly minimising?: number;
}

/** Something that must hold and does not. */
export interface Finding {
  readonly kind: "violation" | Death["of"];
  readonly message: string;
  readonly stack: string;
  /** as small as it could be made */
  readonly input: Uint8Array;
}

export interface JobResult {
  readonly inputs: number;
  readonly outcomes: number;
  readonly slowest: Tally["slowest"];
  readonly grown: readonly GrownInput[];
  readonly findings: readonly Finding[];
}

/** More of them would help nobody before these are mended. */
const maxFindings = 5;
const minimisingMilliseconds = 20_000;

/**
 * Fuzzes a target as far as it was asked to, and makes each different finding small. A target that took its thread with
 * it goes on in another one, with other inputs.
 */
export async function runJob(job: Job): Promise<JobResult> {
  const began = performance.now();
  const failures = new Map<string, Failure>();
  const add = (failure: Failure) => {
    if (failures.size < maxFindings && !failures.has(idOf(failure))) failures.set(idOf(failure), failure);
  };
  const tallies: Tally[] = [];
  for (let round = 0; failures.size < maxFindings; round++) {
    const left = leftOf(job.extent, round, performance.now() - began);
    if (left === undefined) break;
    const thread = openThread(job.module, job.limits);
    const end = await thread.fuzz(job.corpus, job.seed + round * 7919, left, add);
    await thread.close();
    if (!("type" in end)) {
      tallies.push(end);
      break;
    }
    if (end.of === "crash" || (await happensAgain(job, end))) add(end);
  }
  const findings: Finding[] = [];
  for (const failure of failures.values()) findings.push(await smallest(job, failure));
  return {
    inputs: tallies.reduce((sum, { inputs }) => sum + inputs, 0),
    outcomes: Math.max(0, ...tallies.map(({ outcomes }) => outcomes)),
    slowest: tallies.map(({ slowest }) => slowest)[0] ?? { milliseconds: 0, bytes: 0 },
    grown: tallies.flatMap(({ grown }) => grown),
    findings,
  };
}

type Failure = Violation | Death;

function kindOf(failure: Failure): Finding["kind"] {
  return "of" in failure ? failure.of : "violation";
}

/** What two failures that are the same one share. */
function idOf(failure: Failure): string {
  return `${kindOf(failure)} ${shapeOf(failure.message)}`;
}

/** A heap that was full was filled by many, and a machine may stand still: alone it must be so too. */
async function happensAgain(job: Job, death: Death): Promise<boolean> {
  const { milliseconds, megabytes } = job.limits ?? usualLimits;
  const thread = openThread(job.module, { milliseconds: 3 * milliseconds, megabytes });
  const result = await thread.check(death.input);
  await thread.close();
  return typeof result !== "string";
}

async function smallest(job: Job, failure: Failure): Promise<Finding> {
  const end = performance.now() + (job.minimising ?? minimisingMilliseconds);
  let thread = openThread(job.module, job.limits);
  const isStillOne = async (candidate: Uint8Array): Promise<boolean> => {
    const result = await thread.check(candidate);
    if (typeof result === "string") return false;
    if ("of" in result) {
      await thread.close();
      thread = openThread(job.module, job.limits);
    }
    return idOf(result) === idOf(failure);
  };
  const input = await minimise(failure.input, isStillOne, () => performance.now() < end);
  await thread.close();
  const { message, stack } = failure;
  return { kind: kindOf(failure), message, stack, input };
}

/** Makes an input smaller whose outcome stays the same. */
export async function smallestWith(job: Job, { input, outcome }: GrownInput): Promise<Uint8Array> {
  const end = performance.now() + minimisingMilliseconds / 10;
  const thread = openThread(job.module, job.limits);
  const isStillOne = async (candidate: Uint8Array) => (await thread.check(candidate)) === outcome;
  const small = await minimise(input, isStillOne, () => performance.now() < end);
  await thread.close();
  return small;
}
