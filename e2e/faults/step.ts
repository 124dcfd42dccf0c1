import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { createDraw, type Draw } from "@countersign/testkit/random/draw";
import { auditProcess } from "./audit-process.ts";
import type { Misfortune, Plan } from "./misfortunes/misfortune.ts";
import type { Play } from "./play.ts";
import type { Asker } from "./questions/ask.ts";
import {
  type Asked,
  auditContainers,
  auditLeftovers,
  auditLosses,
  imagesOnDisk,
  removeForeign,
} from "./questions/audit.ts";
import { excusesTogether } from "./questions/excuses.ts";
import { drawQuestions, type Question } from "./questions/question.ts";
import { recover } from "./recover.ts";
import type { World } from "./world/world.ts";

/** What one step of a run is made of. It depends on the seed and the step's number alone. */
export interface Step {
  readonly number: number;
  readonly names: readonly string[];
  readonly plans: readonly Plan[];
  /** milliseconds after the first question at which each misfortune begins */
  readonly begins: readonly number[];
  readonly questions: readonly TimedQuestion[];
  /** of the images on the node, every how many-th is removed at the end; 0 for none */
  readonly collects: number;
}

interface TimedQuestion {
  readonly question: Question;
  /** milliseconds */
  readonly after: number;
  readonly kubelet: number;
}

export function planStep(
  seed: number,
  number: number,
  misfortunes: readonly [Misfortune, ...Misfortune[]],
  images: World["images"],
): Step {
  const draw = createDraw(Math.imul(seed, 0x9e3779b1) + Math.imul(number, 0x85ebca77));
  const chosen = [misfortunes[inTurn(seed, number, misfortunes.length)] ?? misfortunes[0]];
  const other = draw.one(misfortunes);
  if (
    draw.chance(0.3) &&
    chosen.every(({ touches }) => touches.every((thing) => !other.touches.includes(thing)))
  )
    chosen.push(other);
  const plans = chosen.map((misfortune) => misfortune.plan(draw));
  return {
    number,
    names: chosen.map(({ name }) => name),
    plans,
    begins: plans.map(() => draw.one([0, 20, 100, 250])),
    questions: timedQuestions(draw, images),
    collects: draw.one([0, 1, 2, 3]),
  };
}

/** Each kind once before any kind again, in an order that the seed chooses anew each time round. */
function inTurn(seed: number, number: number, kinds: number): number {
  const draw = createDraw(seed + Math.floor(number / kinds) * 7919);
  const order = Array.from({ length: kinds }, (_, at) => at);
  for (let at = kinds - 1; at > 0; at--) {
    const other = draw.below(at + 1);
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  return order[number % kinds] ?? 0;
}

/** A few different ones, each asked by several: most of what can go wrong goes wrong between equals. */
function timedQuestions(draw: Draw, images: World["images"]): readonly TimedQuestion[] {
  const different = drawQuestions(draw, images);
  return Array.from({ length: 20 + draw.below(40) }, () => ({
    question: draw.one(different),
    after: draw.below(500),
    kubelet: draw.below(3),
  }));
}

/** containerd 2.1 fails by itself to mount an image's volume now and then when several containers want it (overlay, EINVAL). */
export function withoutVolumes(step: Step): Step {
  const questions = step.questions.map(({ question, ...when }) => ({
    ...when,
    question: question.type === "run" ? { ...question, volume: undefined } : question,
  }));
  return { ...step, questions };
}

/** How many questions a step took, and how much memory the gateway did meanwhile. */
export interface Played {
  readonly asked: number;
  readonly megabytes: number;
}

/** Plays one step: something goes wrong while questions are asked, ends, and all is well again. */
export async function playStep(step: Step, play: Play): Promise<Played> {
  const { world, asker, oracle, violations } = play;
  const excuses = excusesTogether(step.plans.map((plan) => plan.excuses));
  const before = await imagesOnDisk(world);
  if (excuses.evidence) oracle.forgetEvidence(performance.now());
  const asking = step.questions.map(async ({ question, after, kubelet }): Promise<Asked> => {
    await delay(after);
    return { question, answer: await asker.ask(question, kubelet) };
  });
  const striking = step.plans.map(async (plan, at) => {
    await delay(step.begins[at] ?? 0);
    const end = await plan.begin(world, violations);
    await delay(plan.lasts);
    await end();
  });
  const [asked] = await Promise.all([Promise.all(asking), Promise.all(striking)]);
  for (const { question, answer } of asked) {
    const wrong = oracle.judge(question, answer, excuses);
    if (wrong !== undefined) violations.add(...wrong);
    oracle.learn(question, answer);
  }
  if (excuses.evidence) oracle.forgetEvidence(performance.now());
  if (!excuses.losses) await auditLosses(world, asked, excuses, violations);
  if (!excuses.leftovers) await auditLeftovers(world, before, asked, oracle, violations);
  await removeForeign(world.runtime, world.images);
  const again = await recover(
    step.questions.map(({ question }) => question),
    play,
  );
  await auditContainers(world, asker, oracle, violations);
  const megabytes = await auditProcess(world, violations);
  await tidyUp(step, world, asker);
  return { asked: asked.length + again, megabytes };
}

/** Containers end and the kubelet collects images that none uses. */
async function tidyUp(
  { collects }: Step,
  { runtime, registry, policies }: World,
  asker: Asker,
): Promise<void> {
  for (const { id } of await runtime.containers()) await runtime.removeContainer(id);
  if (collects > 0)
    for (const [at, { id }] of (await runtime.images()).entries())
      if (at % collects === 0) await runtime.removeImage(id);
  asker.forget();
  runtime.forgetCalls();
  registry.forgetRequests();
  policies.forget(performance.now());
}
