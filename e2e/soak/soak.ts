import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { createDraw } from "@countersign/testkit/random/draw";
import { auditProcess } from "../faults/audit-process.ts";
import { Asker } from "../faults/questions/ask.ts";
import { Oracle } from "../faults/questions/oracle.ts";
import { Violations } from "../faults/violation.ts";
import { publishMore } from "../faults/world/images.ts";
import { openWorld, type World, type WorldOptions } from "../faults/world/world.ts";
import { outcomeOf } from "../peers/outcome.ts";
import type { SoakArguments } from "./arguments.ts";
import { courseOf, type Sample, takeSample } from "./figures.ts";
import { keepHouse } from "./housekeeping.ts";
import { keepBusy, type LoadParts } from "./load.ts";
import type { Idle, SoakReport } from "./report.ts";
import { shortcomings } from "./shortcomings.ts";
import { Trouble } from "./trouble.ts";
import { followEvents, neverRead } from "./watchers.ts";

/** Besides those that every world has: enough that what is kept of each is a load, few enough to be seen several times. */
const moreImages = 250;
const sampleEvery = 1_000;

/** @param say what is going on, for whoever waits */
export async function soak(
  { seed, seconds, misfortunes }: Pick<SoakArguments, "seed" | "seconds" | "misfortunes">,
  options: WorldOptions,
  say: (line: string) => void,
): Promise<SoakReport> {
  await using world = await openWorld(options);
  const violations = new Violations();
  const [first, ...others] = world.images;
  const parts: LoadParts = {
    ...{ world, violations, asker: new Asker(world), oracle: new Oracle(world.policies) },
    images: [first, ...others, ...publishMore(world.registry, moreImages)],
    trouble: new Trouble(world, violations),
  };
  const idleBefore = await idle(world);
  const began = performance.now();
  const at = () => (performance.now() - began) / 1000;
  const isOver = () => at() >= seconds;
  const [answers, events, unread, samples] = await Promise.all([
    keepBusy(parts, seed, isOver),
    followEvents(world.kubelets[0], isOver),
    neverRead(world, violations, isOver),
    watch(parts, at, isOver, say),
    parts.trouble.cause(misfortunes, seed + 1000, isOver),
  ]);
  await keepHouse(parts, createDraw(0));
  const peakMegabytes = await auditProcess(world, violations);
  const idleAfter = await idle(world);
  const course = courseOf(samples, seconds);
  const figures = { answers, course, idleBefore, idleAfter, ...unread };
  for (const { kind, message } of shortcomings(figures)) violations.add(kind, message);
  return {
    ...{ ...figures, seed, seconds, events, peakMegabytes },
    passed: violations.all.length === 0,
    machine: `${availableParallelism()} processors, Node ${process.version}`,
    misfortunes: parts.trouble.counts,
    violations: violations.all,
  };
}

async function watch(
  parts: LoadParts,
  at: () => number,
  isOver: () => boolean,
  say: (line: string) => void,
): Promise<readonly Sample[]> {
  const draw = createDraw(1);
  const samples: Sample[] = [];
  while (!isOver()) {
    await delay(sampleEvery);
    await keepHouse(parts, draw);
    const sample = await takeSample(parts.world, at());
    if (sample !== undefined) samples.push(sample);
    if (samples.length % 30 === 0 && sample !== undefined)
      say(`${Math.round(at())} s: ${Math.round(sample.megabytes)} MB, ${sample.descriptors} descriptors`);
  }
  return samples;
}

/** What it holds when nobody wants anything; the first calls have been made. */
async function idle({ gateway, kubelets }: World): Promise<Idle> {
  // One that has just ended is started again; that it ended is noted elsewhere.
  for (const kubelet of kubelets) await outcomeOf(kubelet.version({}));
  await delay(2_000);
  return gateway.figures() ?? { megabytes: Number.NaN, descriptors: Number.NaN };
}
