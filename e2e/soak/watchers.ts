import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { clientPreface, frameType } from "@countersign/gateway/relay/frame";
import { frameOf } from "@countersign/gateway/testing/frame-caller";
import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import type { Violations } from "../faults/violation.ts";
import { bulkyCalls, wide } from "../faults/world/raw-call.ts";
import { reachGateway } from "../faults/world/reach-gateway.ts";
import type { World } from "../faults/world/world.ts";

/** Follows container events for as long as it lasts, and opens the stream anew when it ends. @returns how many came */
export async function followEvents(client: CriClient, isOver: () => boolean): Promise<number> {
  let events = 0;
  while (!isOver()) {
    const stream = client.containerEvents();
    const ended = new Promise<void>((resolve) => {
      stream.on("data", () => events++);
      stream.on("error", () => resolve());
      stream.on("end", () => resolve());
    });
    while (!isOver() && !(await Promise.race([ended.then(() => true), delay(500, false)])));
    stream.cancel();
    await delay(100);
  }
  return events;
}

/** Callers that ask for much and never read, one after the other: seconds after which each was let go. */
export async function neverRead(
  { gateway, bulkyPod }: World,
  violations: Violations,
  isOver: () => boolean,
): Promise<{ readonly letGo: readonly number[]; readonly stillThere: number }> {
  const letGo: number[] = [];
  for (;;) {
    using caller = await reachGateway(gateway.socket, violations);
    if (caller === undefined) return { letGo, stillThere: 0 };
    caller.pause();
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    caller.write(clientPreface, ...wide, ...bulkyCalls(bulkyPod));
    const gone = caller.closed().then(() => true);
    // It does not read, so it hears of its end only when it says something.
    while (!isOver() && !(await Promise.race([gone, delay(1_000, false)])))
      caller.write(frameOf(frameType.ping, 0, 0, Buffer.alloc(8)));
    if (isOver()) return { letGo, stillThere: seconds() };
    letGo.push(seconds());
  }
}
