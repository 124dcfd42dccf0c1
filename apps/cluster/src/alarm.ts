import type { Timing } from "@countersign/sources/timing";

/** Wakes one who waits; a ring that nobody waited for is remembered. */
export class Alarm {
  #isRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Waits for a ring, so long at most, or until the signal aborts; whether it rang. One waiter at a time. */
  async wait(timing: Pick<Timing, "after">, milliseconds: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#isRung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          disarm();
          signal.removeEventListener("abort", done);
          this.#wake = undefined;
          resolve();
        };
        const disarm = timing.after(milliseconds, done);
        signal.addEventListener("abort", done, { once: true });
        this.#wake = done;
      });
    }
    const isRung = this.#isRung;
    this.#isRung = false;
    return isRung;
  }
}
