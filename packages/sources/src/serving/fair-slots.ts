import { CountersignError } from "@countersign/engine/values/error";
import type { Timing } from "@countersign/sources/timing";

/** How much may go on at once. */
export interface SlotLimits {
  /** at work */
  readonly total: number;
  /** of the same lane, at work or lingering; less than `total`, or one lane could take every slot */
  readonly perLane: number;
  /** milliseconds after which who holds a slot is taken to wait for somebody rather than to work */
  readonly patience: number;
  /** who lingers beyond that and no longer keeps a slot from the other lanes */
  readonly lingering: number;
}

/** Bounds concurrent work and shares it out fairly between lanes. */
export interface FairSlots {
  /** `active` includes those who linger */
  readonly usage: { readonly active: number; readonly waiting: number };
  /**
   * Waits for a slot in `lane` and returns what gives it back. Within a lane: first come, first served. Between
   * lanes: each waiting lane in turn, however long the others' queues are.
   * @throws CountersignError CANCELLED when `signal` aborts while waiting
   */
  enter(lane: string, signal: AbortSignal): Promise<Disposable>;
}

interface Lane {
  active: number;
  readonly queue: Set<() => void>;
}

/**
 * Lanes are registries here. One that hangs holds `perLane` slots, and the pulls from all others go on; several that hang
 * hold the others up for `patience`, since after that their slots are given to who waits.
 */
export function fairSlots(
  { total, perLane, patience, lingering }: SlotLimits,
  timing: Pick<Timing, "after">,
): FairSlots {
  /** in the order of their turns; a lane that was just served goes to the end */
  const lanes = new Map<string, Lane>();
  let active = 0;
  let lingerers = 0;

  function admit(): void {
    while (active < total) {
      const next = [...lanes].find(([, lane]) => lane.queue.size > 0 && lane.active < perLane);
      if (next === undefined) return;
      const [name, lane] = next;
      const [enter] = lane.queue;
      if (enter === undefined) return;
      lane.queue.delete(enter);
      lanes.delete(name);
      lanes.set(name, lane);
      lane.active++;
      active++;
      enter();
    }
  }

  function slot(name: string, lane: Lane): Disposable {
    let state: "working" | "lingering" | "left" = "working";
    const called = timing.after(patience, () => {
      if (state !== "working" || lingerers >= lingering) return;
      state = "lingering";
      lingerers++;
      active--;
      admit();
    });
    return {
      [Symbol.dispose]() {
        if (state === "left") return;
        called();
        if (state === "working") active--;
        else lingerers--;
        state = "left";
        lane.active--;
        forgetIfIdle(name, lane);
        admit();
      },
    };
  }

  function forgetIfIdle(name: string, lane: Lane): void {
    if (lane.active === 0 && lane.queue.size === 0) lanes.delete(name);
  }

  return {
    get usage() {
      const waiting = [...lanes.values()].reduce((count, { queue }) => count + queue.size, 0);
      return { active: active + lingerers, waiting };
    },
    enter(name, signal) {
      if (signal.aborted) return Promise.reject(cancelled());
      const lane = lanes.get(name) ?? { active: 0, queue: new Set() };
      lanes.set(name, lane);
      return new Promise((resolve, reject) => {
        const leave = () => {
          lane.queue.delete(enter);
          forgetIfIdle(name, lane);
          reject(cancelled());
        };
        const enter = () => {
          signal.removeEventListener("abort", leave);
          resolve(slot(name, lane));
        };
        signal.addEventListener("abort", leave, { once: true });
        lane.queue.add(enter);
        admit();
      });
    },
  };
}

function cancelled(): CountersignError {
  return new CountersignError("CANCELLED", "the caller went away while the pull waited for its turn");
}
