import { relative } from "node:path";
import { keepInput, keptInputs } from "./corpus.ts";
import { type Job, type JobResult, runJob, smallestWith } from "./job.ts";
import { type Finding, hasPassed, type Summary, type TargetResult } from "./report.ts";
import { corpusOf, moduleOf, type TargetEntry } from "./targets.ts";

interface Plan {
  readonly targets: readonly TargetEntry[];
  readonly seconds: number;
  readonly seed: number;
  readonly keep: boolean;
  /** how many threads run at once */
  readonly lanes: number;
}

/**
 * Gives each target its share of the time. One that waits for another program does so in each lane; the rest have one
 * lane each, in turn.
 * @param say what is going on, for whoever waits
 */
export async function runTargets(plan: Plan, say: (line: string) => void): Promise<Summary> {
  const { targets, seconds, seed, lanes } = plan;
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const jobs = targets.flatMap((target) => {
    const copies = target.needs === undefined ? 1 : lanes;
    const milliseconds = (seconds * 1000 * lanes * target.share) / shares / copies;
    return Array.from({ length: copies }, (_, copy) => ({
      target,
      milliseconds,
      seed: seed + copy * 104_729,
    }));
  });
  const results = new Map<TargetEntry, JobResult[]>(targets.map((target) => [target, []]));
  const waiting = jobs.sort((a, b) => b.milliseconds - a.milliseconds).values();
  const lane = async () => {
    for (const { target, milliseconds, seed } of waiting) {
      const corpus = keptInputs(corpusOf(target)).map(({ bytes }) => bytes);
      const job: Job = { module: moduleOf(target), corpus, seed, extent: { milliseconds } };
      say(`${target.name}: ${(milliseconds / 1000).toFixed(1)} s`);
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
