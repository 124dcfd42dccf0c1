import { type CelValue, isCelList, isCelMap } from "@bufbuild/cel";

/**
 * Counts the work of one evaluation and ends it when there is too much. CEL always comes to an end, but a line of it can
 * ask for more than there is time: a policy's author may own one namespace only, and a statement's none.
 */
export class WorkMeter {
  #left: number;

  constructor(budget: number) {
    this.#left = budget;
  }

  get isExceeded(): boolean {
    return this.#left < 0;
  }

  /** @throws Error when there was too much; whatever catches it, `isExceeded` stays true */
  spend(work: number): void {
    this.#left -= work;
    if (this.isExceeded) throw new Error("this asks for more work than is allowed");
  }

  /** What a look at the value itself costs. */
  spendOn(value: CelValue | undefined): void {
    this.spend(1 + (lengthOf(value) >>> 6));
  }

  /** What a look at all of it costs, however deep: one list may hold another many times over. */
  spendOnWhole(value: CelValue): void {
    const waiting: Iterator<CelValue>[] = [[value].values()];
    for (let next = waiting.at(-1)?.next(); next !== undefined; next = waiting.at(-1)?.next()) {
      if (next.done === true) {
        waiting.pop();
        continue;
      }
      this.spendOn(next.value);
      if (isCelList(next.value) || isCelMap(next.value)) waiting.push(next.value.values());
    }
  }
}

function lengthOf(value: CelValue | undefined): number {
  return typeof value === "string" || value instanceof Uint8Array ? value.length : 0;
}
