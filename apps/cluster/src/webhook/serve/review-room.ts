import { CountersignError } from "@countersign/engine/values/error";

/** Bounds what all reviews together may cost: whoever reaches the port may send any number of large ones. */
export interface ReviewRoom {
  /** A place for one review until it is disposed of; undefined while there are as many as may be. */
  enter(): ReviewPlace | undefined;
  /** Calls `then` as soon as no review that was read whole is owed an answer, and again each time that the last was given. */
  whenNoneOwed(then: () => void): void;
}

export interface ReviewPlace extends Disposable {
  /** Counts so many bytes more as held. @throws CountersignError OVERLOADED when there are too many of all reviews */
  take(this: void, bytes: number): void;
  /** The review was read whole, and is owed this. */
  owing<Answer>(answer: Promise<Answer>): Promise<Answer>;
}

const usuallyHeld = 256 * 1024 * 1024;

/**
 * @param mostReviews at once
 * @param mostHeld bytes of memory
 */
export function reviewRoom(mostReviews: number, mostHeld: number = usuallyHeld): ReviewRoom {
  let atOnce = 0;
  let held = 0;
  let owed = 0;
  let noneOwed = () => {};
  return {
    enter() {
      if (atOnce >= mostReviews) return undefined;
      atOnce++;
      let own = 0;
      return {
        take(bytes) {
          own += bytes;
          held += bytes;
          if (held > mostHeld) throw new CountersignError("OVERLOADED", "too many large reviews at once");
        },
        owing(answer) {
          owed++;
          return answer.finally(() => owed--);
        },
        [Symbol.dispose]() {
          held -= own;
          atOnce--;
          // once the answer that was just given is on its way
          if (owed === 0) setImmediate(noneOwed);
        },
      };
    },
    whenNoneOwed(then) {
      noneOwed = then;
      if (owed === 0) then();
    },
  };
}
