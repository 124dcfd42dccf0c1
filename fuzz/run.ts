import { relative } from "node:path";
import { keepInput, keptInputs } from "./corpus.ts";
import type { Extent } from "./extent.ts";
import { type Job, type JobResult, runJob, smallestWith } from "./job.ts";
import { type Finding, hasPassed, type Summary, type TargetResult } from "./report.ts";
import { corpusOf, moduleOf, type TargetEntry } from "./targets.ts";

interface Plan {
  readonly targets: readonly TargetEntry[];
  readonly seconds: number;
  /** whether as many inputs are tried as a small machine would in that time, and not as many as this one can */
  readonly counted: boolean;
  readonly seed: number;
  readonly keep: boolean;
  /** how many threads run at once */
  readonly lanes: number;
}

/** Threads of a small machine; and those of a target that mostly waits for another program. */
const small = { lanes: 2, copies: 2 };

/** A target that dies of an input goes on with others so often. */
const threads = 3;

/**
 * Gives each target its share of the time, or of the inputs. One that waits for another program does so twice at once; the
 * rest have one lane each, in turn.
 * @param say what is going on, for whoever waits
 */
export async function runTargets(plan: Plan, say: (line: string) => void): Promise<Summary> {
  const { targets, seconds, counted, seed, lanes } = plan;
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const laneSeconds = seconds * (counted ? small.lanes : lanes);
  const jobs = targets.flatMap((target) => {
    const copies = target.needs === undefined ? 1 : small.copies;
    const milliseconds = (laneSeconds * 1000 * target.share) / shares / copies;
    const extent: Extent = counted
      ? { inputs: Math.ceil((milliseconds * target.pace) / 1000), threads }
      : { milliseconds };
    return Array.from({ length: copies }, (_, copy) => ({
      target,
      milliseconds,
      extent,
      seed: seed + copy * 104_729,
    }));
  });
  const results = new Map<TargetEntry, JobResult[]>(targets.map((target) => [target, []]));
  const waiting = jobs.sort((a, b) => b.milliseconds - a.milliseconds).values();
  const lane = async () => {
    for (const { target, milliseconds, extent, seed } of waiting) {
      const corpus = keptInputs(corpusOf(target)).map(({ bytes }) => bytes);
      const job: Job = { module: moduleOf(target), corpus, seed, extent };
      say(
        `${target.name}: ${"inputs" in extent ? `${extent.inputs} inputs` : `${(milliseconds / 1000).toFixed(1)} s`}`,
      );
      const result = await runJob(job);
      results.get(target)?.push(result);
      if (plan.keep) await keepShortest(target, job, result.grown);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const summaries = [...results].map(([target, some]) => summarise(target, some));
  return { seed, passed: hasPassed(summaries), targets: summaries };
}

/** A corpus is there to be begun with: many more would take a run's time, and longer ones too. */
const maxKept = 40;

async function keepShortest(target: TargetEntry, job: Job, grown: JobResult["grown"]): Promise<void> {
  const shortest = grown.toSorted((a, b) => a.input.length - b.input.length).slice(0, maxKept);
  for (const one of shortest) keepInput(corpusOf(target), one.outcome, await smallestWith(job, one));
}

function summarise(target: TargetEntry, results: readonly JobResult[]): TargetResult {
  const slowest = results.map((result) => result.slowest).sort((a, b) => b.milliseconds - a.milliseconds)[0];
  return {
    target: target.name,
    inputs: results.reduce((sum, { inputs }) => sum + inputs, 0),
    outcomes: Math.max(...results.map(({ outcomes }) => outcomes)),
    grown: Math.max(...results.map(({ grown }) => grown.length)),
    slowestMilliseconds: Math.round(slowest?.milliseconds ?? 0),
    slowestBytes: slowest?.bytes ?? 0,
    findings: results.flatMap(({ findings }) => findings.map((finding) => keepFinding(target, finding))),
  };
}

/** What was found stays, so that it is tried again for ever after. */
function keepFinding(
  target: TargetEntry,
  { kind, message, stack, input }: JobResult["findings"][number],
): Finding {
  const path = keepInput(corpusOf(target), kind === "violation" ? message : `${kind} ${message}`, input);
  const file = relative(process.cwd(), path);
  const replay = `npm run fuzz -- ${target.name} --replay ${file}`;
  return { kind, message, stack, bytes: input.length, file, replay };
}
