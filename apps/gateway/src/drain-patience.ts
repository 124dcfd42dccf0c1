import { connect } from "node:net";
import { clientPreface, emptyFrame, frameType } from "./relay/frame.ts";

/** Milliseconds that calls under way may take, once no new ones are accepted here. */
export interface DrainLimits {
  /** while nobody else serves: callers wait for us to end, or are refused */
  readonly alone: number;
  /** when somebody else serves new calls: these disturb nobody */
  readonly succeeded: number;
}

/**
 * How long a gateway that ends waits for calls under way. A kubelet gives a new connection five seconds to be answered
 * (cri-client's minConnectionTimeout) and then fails its calls, so with nobody else on the socket a long wait does more
 * harm than it spares. Whether there is somebody is found out by being a caller: whoever serves answers with SETTINGS.
 *
 * @param path - the socket that was ours
 * @returns a signal that fires when patience is over
 */
export function drainPatience(path: string, limits: DrainLimits): AbortSignal {
  const patience = new AbortController();
  let served = false;
  const caller = connect(path, () => caller.write(greeting));
  caller.once("data", () => {
    served = true;
    caller.destroy();
  });
  caller.on("error", () => undefined);
  caller.unref();
  const rest = Math.max(0, limits.succeeded - limits.alone);
  const decide = setTimeout(() => {
    caller.destroy();
    if (served) setTimeout(() => patience.abort(), rest).unref();
    else patience.abort();
  }, limits.alone);
  decide.unref();
  return patience.signal;
}

const greeting = Buffer.concat([clientPreface, emptyFrame(frameType.settings, 0, 0, 0)]);
