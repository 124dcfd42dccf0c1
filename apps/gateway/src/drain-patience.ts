import { connect } from "node:net";
import type { Timing } from "@countersign/sources/timing";
import { clientPreface, emptyFrame, frameType } from "./relay/frame.ts";

/** Milliseconds that calls under way may take, once no new ones are accepted here. */
export interface DrainLimits {
  /** while nobody else serves: callers wait for us to end, or are refused */
  readonly alone: number;
  /** when somebody else serves new calls: these disturb nobody */
  readonly succeeded: number;
}

/** How long a gateway that ends waits. To be disposed of when there is nothing to wait for any more. */
export interface DrainPatience extends Disposable {
  /** fires when patience is over */
  readonly signal: AbortSignal;
}

/**
 * How long a gateway that ends waits for calls under way. A kubelet gives a new connection five seconds to be answered
 * (cri-client's minConnectionTimeout) and then fails its calls, so with nobody else on the socket a long wait does more
 * harm than it spares. Whether there is somebody is found out by being a caller: whoever serves answers with SETTINGS.
 *
 * @param path - the socket that was ours
 */
export function drainPatience(
  path: string,
  limits: DrainLimits,
  timing: Pick<Timing, "after">,
): DrainPatience {
  const patience = new AbortController();
  const caller = connect(path, () => caller.write(greeting));
  caller.on("error", () => undefined);
  caller.unref();
  const over = () => {
    caller.destroy();
    patience.abort();
  };
  let forget = timing.after(limits.alone, over);
  caller.once("data", () => {
    caller.destroy();
    forget();
    if (!patience.signal.aborted) forget = timing.after(Math.max(limits.alone, limits.succeeded), over);
  });
  return {
    signal: patience.signal,
    [Symbol.dispose]() {
      caller.destroy();
      forget();
    },
  };
}

const greeting = Buffer.concat([clientPreface, emptyFrame(frameType.settings, 0, 0, 0)]);
