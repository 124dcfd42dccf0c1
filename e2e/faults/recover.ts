import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Play } from "./play.ts";
import { noExcuses } from "./questions/excuses.ts";
import { type Question, wordsOf } from "./questions/question.ts";

const lanes = 6;
const pause = 200;

/**
 * Asks again, as a kubelet does, until the answers are right: what is allowed must work by itself, and what is not must be
 * refused with its reason. Whatever was wrong is over.
 * @returns how many questions were asked
 */
export async function recover(questions: readonly Question[], play: Play): Promise<number> {
  const different = [...new Map(questions.map((question) => [wordsOf(question), question])).values()];
  const deadline = performance.now() + play.patience;
  let asked = 0;
  const waiting = different.values();
  const lane = async (): Promise<void> => {
    for (const question of waiting) asked += await recoverOne(question, deadline, play);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return asked;
}

async function recoverOne(question: Question, deadline: number, play: Play): Promise<number> {
  const { asker, oracle, violations } = play;
  for (let asked = 1; ; asked++) {
    const answer = await asker.ask(question, asked);
    const wrong = oracle.judge(question, answer, noExcuses);
    oracle.learn(question, answer);
    if (wrong === undefined) return asked;
    const [kind, what] = wrong;
    if (kind === "wrongly allowed") violations.add(kind, what);
    if (kind === "wrongly allowed" || performance.now() > deadline) {
      if (kind !== "wrongly allowed") violations.add("did not recover", `after ${asked} times: ${what}`);
      return asked;
    }
    await delay(pause);
  }
}
