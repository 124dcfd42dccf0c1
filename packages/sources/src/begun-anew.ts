import { CountersignError } from "@countersign/engine/values/error";
import type { Timing } from "./timing.ts";

const attempts = 4;
const firstDelay = 1000;

/**
 * Begins something anew that a registry's passing trouble ended, waiting longer each time: an upload that broke off is
 * not taken up where it was.
 * @throws CountersignError what the last attempt ended with, or the first that is not expected to pass
 */
export async function begunAnew<T>(
  attempt: () => Promise<T>,
  timing: Timing,
  signal: AbortSignal,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (caught) {
      if (number === attempts || CountersignError.from(caught).code !== "REGISTRY_UNREACHABLE") throw caught;
    }
    await timing.sleep(firstDelay * 2 ** (number - 1) * (0.5 + timing.random() / 2), signal);
  }
}
