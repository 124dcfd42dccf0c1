import { setTimeout as delay } from "node:timers/promises";
import { createDraw } from "@countersign/testkit/random/draw";
import type { AnswerKind } from "../faults/questions/answer.ts";
import type { Asker } from "../faults/questions/ask.ts";
import { auditLosses } from "../faults/questions/audit.ts";
import type { Oracle } from "../faults/questions/oracle.ts";
import { drawQuestions } from "../faults/questions/question.ts";
import type { Violations } from "../faults/violation.ts";
import type { WorldImage } from "../faults/world/images.ts";
import type { World } from "../faults/world/world.ts";
import type { Trouble } from "./trouble.ts";

/** Who keeps the gateway busy, and with what. */
export interface LoadParts {
  readonly world: World;
  /** all that is asked for: the world's and many more */
  readonly images: readonly [WorldImage, ...WorldImage[]];
  readonly asker: Asker;
  readonly oracle: Oracle;
  readonly trouble: Trouble;
  readonly violations: Violations;
}

/** Callers at one time, and the milliseconds that each waits between two questions at most: a busy node, not a benchmark. */
const lanes = 8;
const pause = 60;

/** Asks and judges until it is over. @returns how often each kind of answer came */
export async function keepBusy(
  parts: LoadParts,
  seed: number,
  isOver: () => boolean,
): Promise<Readonly<Partial<Record<AnswerKind, number>>>> {
  const counts: Partial<Record<AnswerKind, number>> = {};
  const { world, images, asker, oracle, trouble, violations } = parts;
  const lane = async (number: number): Promise<void> => {
    const draw = createDraw(seed + number);
    while (!isOver()) {
      for (const question of drawQuestions(draw, images)) {
        const answer = await asker.ask(question, number);
        counts[answer.kind] = (counts[answer.kind] ?? 0) + 1;
        const excuses = trouble.excusesFor(answer.span);
        const wrong = oracle.judge(question, answer, excuses);
        if (wrong !== undefined) violations.add(...wrong);
        if (!excuses.losses && answer.containerId !== undefined)
          await auditLosses(world, [{ question, answer }], excuses, violations);
        await delay(draw.below(pause));
        if (isOver()) return;
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  return counts;
}
