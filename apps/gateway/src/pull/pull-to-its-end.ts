import type { Timing } from "@countersign/sources/timing";
import type { PulledImage, RuntimeImages } from "./runtime-images.ts";

/** Milliseconds that a runtime may go on with a pull whose caller has left, before it is told to stop. */
const patienceMs = 30_000;
/** Milliseconds that it may take to do so. */
export const stoppingMs = 1_000;

/**
 * Has the runtime pull, and waits until it is done although the caller leaves. A cancelled call is answered at once, but
 * nobody says when the runtime has heard of it: its image may arrive after the look at what has to be removed, and
 * who tidied up too early would leave a refused image on disk under the very name that was refused.
 * @param limit ends the pull although its caller waits; none when undefined
 * @throws RuntimeRefusal
 */
export async function pullToItsEnd(
  images: Pick<RuntimeImages, "pull">,
  request: Uint8Array,
  caller: AbortSignal,
  timing: Pick<Timing, "after" | "sleep">,
  limit?: AbortSignal,
): Promise<PulledImage> {
  if (caller.aborted) return await images.pull(request, caller);
  const stop = new AbortController();
  const stopped = limit === undefined ? stop.signal : AbortSignal.any([stop.signal, limit]);
  let called = () => {};
  const left = () => {
    called = timing.after(patienceMs, () => stop.abort());
  };
  caller.addEventListener("abort", left, { once: true });
  try {
    return await images.pull(request, stopped);
  } catch (refusal) {
    if (stopped.aborted) await timing.sleep(stoppingMs, new AbortController().signal);
    throw refusal;
  } finally {
    caller.removeEventListener("abort", left);
    called();
  }
}
