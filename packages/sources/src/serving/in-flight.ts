import { CountersignError } from "@countersign/engine/values/error";

/**
 * Lets equal work that is asked for at the same time run once. Nothing is kept afterwards: whoever asks after the
 * end starts anew, also after a failure.
 */
export interface InFlight<Result> {
  /**
   * Joins the work running under `key`, or starts it. Aborting `signal` takes only this caller out; the work itself
   * is aborted when nobody waits for it any more.
   * @throws CountersignError CANCELLED when `signal` aborts; else what the work throws
   */
  join(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result>;
}

interface Flight<Result> {
  readonly outcome: Promise<Result>;
  readonly abandon: AbortController;
  passengers: number;
}

export function inFlight<Result>(): InFlight<Result> {
  const flights = new Map<string, Flight<Result>>();

  function takeOff(key: string, work: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const abandon = new AbortController();
    const outcome = work(abandon.signal).finally(() => land(key, flight));
    outcome.catch(() => {}); // each passenger sees the failure; without any it is nobody's
    const flight: Flight<Result> = { outcome, abandon, passengers: 0 };
    flights.set(key, flight);
    return flight;
  }

  function land(key: string, flight: Flight<Result>): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  return {
    async join(key, signal, work) {
      if (signal.aborted) throw cancelled();
      const flight = flights.get(key) ?? takeOff(key, work);
      flight.passengers++;
      try {
        return await unlessAborted(flight.outcome, signal);
      } finally {
        flight.passengers--;
        if (flight.passengers === 0) {
          land(key, flight); // before aborting: a caller who comes now must not board what is going down
          flight.abandon.abort(cancelled());
        }
      }
    },
  };
}

/** Waits for `outcome`, but no longer than `signal` allows. */
function unlessAborted<Result>(outcome: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(cancelled());
    signal.addEventListener("abort", leave, { once: true });
    outcome.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

function cancelled(): CountersignError {
  return new CountersignError("CANCELLED", "the caller went away before the image was verified");
}
