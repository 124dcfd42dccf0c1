import { setTimeout as delay } from "node:timers/promises";

/** For tests: what a figure comes to when nothing moves it any more. */
export async function settledFigure(figure: () => number): Promise<number> {
  for (let last = -1, same = 0; same < 50; same = figure() === last ? same + 1 : 0) {
    last = figure();
    await delay(2);
  }
  return figure();
}
