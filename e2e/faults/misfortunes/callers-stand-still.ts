import { clientPreface, emptyFrame, frameType } from "@countersign/gateway/relay/frame";
import { dataFrame, type FrameCaller } from "@countersign/gateway/testing/frame-caller";
import { noExcuses } from "../questions/excuses.ts";
import { bulkyCalls, rawCall, wide } from "../world/raw-call.ts";
import { reachGateway } from "../world/reach-gateway.ts";
import type { Misfortune } from "./misfortune.ts";

/**
 * Callers that ask for much and never read, or begin requests and never end them. Nobody else is to notice. Whose gateway
 * goes away meanwhile is gone with it.
 */
export const callersStandStill: Misfortune = {
  name: "callers-stand-still",
  needsTestkit: true,
  touches: ["callers"],
  plan(draw) {
    const readers = draw.below(60);
    const writers = draw.below(60);
    const isDripping = draw.chance(0.5);
    return {
      what: `${readers} callers do not read, and ${writers} ${isDripping ? "drip" : "do not finish"} requests`,
      excuses: noExcuses,
      lasts: draw.one([500, 2000]),
      async begin({ gateway, bulkyPod }, violations) {
        await using callers = new AsyncDisposableStack();
        for (let n = 0; n < readers + writers; n++) {
          const caller = await reachGateway(gateway.socket, violations);
          if (caller === undefined) break;
          callers.use(caller);
          if (n < readers) askAndNeverRead(caller, bulkyPod);
          else beginAndNeverEnd(caller);
          if (n >= readers && isDripping) callers.defer(dripping(caller));
        }
        const standing = callers.move();
        return () => standing.disposeAsync();
      },
    };
  },
};

function askAndNeverRead(caller: FrameCaller, bulkyPod: string): void {
  caller.pause();
  caller.write(clientPreface, ...wide, ...bulkyCalls(bulkyPod));
}

function beginAndNeverEnd(caller: FrameCaller): void {
  caller.write(clientPreface, emptyFrame(frameType.settings, 0, 0, 0));
  caller.write(rawCall(1, "/runtime.v1.ImageService/PullImage", Buffer.alloc(100), false));
}

function dripping(caller: FrameCaller): () => void {
  const timer = setInterval(() => caller.write(dataFrame(1, Buffer.of(97), false)), 20);
  return () => clearInterval(timer);
}
