import { setImmediate as immediately } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { createDraw } from "@countersign/testkit/random/draw";
import { type Extent, enoughFrom } from "./extent.ts";
import { check, fuzz, type Tally, type Violation, type Watcher } from "./loop.ts";
import type { TargetModule } from "./target.ts";

/**
 * The thread in which a target runs. It can be stopped whatever the target does, and what it was doing then stands in
 * memory that it shares with whoever stopped it.
 */

/** What a thread is started with. */
export interface ThreadData {
  /** URL of a {@link TargetModule} */
  readonly module: string;
  readonly shared: SharedArrayBuffer;
}

/** In the shared memory: how often something began or ended, the length of what began, and from here on its bytes. */
export const sharedLayout = { count: 0, length: 1, bytes: 8 } as const;

export type Order =
  | {
      readonly type: "fuzz";
      readonly corpus: readonly Uint8Array[];
      readonly seed: number;
      readonly extent: Extent;
    }
  | { readonly type: "check"; readonly input: Uint8Array };

export type Answer =
  | { readonly type: "ready" }
  | { readonly type: "found"; readonly violation: Violation }
  | { readonly type: "fuzzed"; readonly tally: Tally }
  | { readonly type: "checked"; readonly result: string | Violation };

async function serve(port: NonNullable<typeof parentPort>, { module, shared }: ThreadData): Promise<void> {
  const { openTarget } = (await import(module)) as TargetModule;
  const target = await openTarget();
  const say = (answer: Answer) => port.postMessage(answer);
  const watcher = watchedIn(shared, say);
  const obey = async (order: Order): Promise<void> => {
    if (order.type === "check") {
      watcher.begins(order.input);
      const result = await check(target, order.input);
      await watcher.rest();
      watcher.ends();
      return say({ type: "checked", result });
    }
    const enough = enoughFrom(order.extent);
    const tally = await fuzz(target, order.corpus, createDraw(order.seed), enough, watcher);
    say({ type: "fuzzed", tally });
  };
  port.on("message", (order: Order | "close") => {
    if (order !== "close") return void obey(order);
    port.close();
    void target.close?.();
  });
  say({ type: "ready" });
}

function watchedIn(shared: SharedArrayBuffer, say: (answer: Answer) => void): Watcher {
  const numbers = new Int32Array(shared, 0, 2);
  const bytes = new Uint8Array(shared, sharedLayout.bytes);
  return {
    begins(input) {
      bytes.set(input);
      Atomics.store(numbers, sharedLayout.length, input.length);
      Atomics.add(numbers, sharedLayout.count, 1);
    },
    ends: () => void Atomics.add(numbers, sharedLayout.count, 1),
    found: (violation) => say({ type: "found", violation }),
    rest: () => immediately(),
    worked: () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1000;
    },
  };
}

if (parentPort !== null) await serve(parentPort, workerData as ThreadData);
