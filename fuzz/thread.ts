import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Extent } from "./extent.ts";
import type { Tally, Violation } from "./loop.ts";
import { maxInput } from "./target.ts";
import { type Answer, type Order, sharedLayout, type ThreadData } from "./worker.ts";

/** A target in a thread of its own. After a death it takes no more orders; where it cannot be opened, each throws. */
export interface Thread {
  /** Fuzzes as far as it is asked to. */
  fuzz(
    corpus: readonly Uint8Array[],
    seed: number,
    extent: Extent,
    found: (violation: Violation) => void,
  ): Promise<Tally | Death>;
  /** Puts one input to the target: its outcome, or what did not hold. */
  check(input: Uint8Array): Promise<string | Violation | Death>;
  close(): Promise<void>;
}

/** How a thread came to its end, and what it was doing. */
export interface Death {
  readonly type: "death";
  readonly of: "hang" | "memory" | "crash";
  readonly input: Uint8Array;
  readonly message: string;
  readonly stack: string;
}

export interface Limits {
  /**
   * of the processor, without any progress, before a thread is given up: how busy the machine is does not count. One that
   * waits for something is given {@link waiting} times as many
   */
  readonly milliseconds: number;
  /** of V8's heap */
  readonly megabytes: number;
}

/** How many times as long as it may work a thread may do nothing at all. */
const waiting = 12;
const lookEvery = 100;

/** Generous: what a reader does with 1 MiB takes milliseconds, on a busy machine too. */
export const usualLimits: Limits = { milliseconds: 5000, megabytes: 512 };

export function openThread(module: URL, limits: Limits = usualLimits): Thread {
  const shared = new SharedArrayBuffer(sharedLayout.bytes + maxInput);
  const data: ThreadData = { module: module.href, shared };
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: limits.megabytes },
  });
  const ready = Promise.withResolvers<void>();
  const died = Promise.withResolvers<Death>();
  const die = (of: Death["of"], message: string, stack = "") =>
    died.resolve({ type: "death", of, input: lastInput(shared), message, stack });
  let hear: (answer: Answer) => void = () => undefined;
  worker.on("message", (answer: Answer) => (answer.type === "ready" ? ready.resolve() : hear(answer)));
  worker.on("error", (error: NodeJS.ErrnoException) => {
    const isMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
    const limit = `more than ${limits.megabytes} MiB of heap`;
    die(isMemory ? "memory" : "crash", isMemory ? limit : `${error.name}: ${error.message}`, error.stack);
  });
  worker.on("exit", (code) => die("crash", `the thread ended by itself, with code ${code}`));

  async function give<T extends Answer>(
    order: Order,
    wanted: (answer: Answer) => T | undefined,
  ): Promise<T | Death> {
    const early = await Promise.race([ready.promise, died.promise]);
    if (early !== undefined)
      throw new Error(`${basename(module.pathname, ".ts")} does not open: ${early.message}`);
    const watching = new AbortController();
    void watchProgress(worker, shared, limits.milliseconds, watching.signal).then((isStuck) => {
      if (!isStuck) return;
      die("hang", `no end after ${limits.milliseconds} ms`);
      void worker.terminate();
    });
    try {
      const answered = new Promise<T>((resolve) => {
        hear = (answer) => {
          const wantedAnswer = wanted(answer);
          if (wantedAnswer !== undefined) resolve(wantedAnswer);
        };
      });
      worker.postMessage(order);
      return await Promise.race([answered, died.promise]);
    } finally {
      watching.abort();
    }
  }

  return {
    async fuzz(corpus, seed, extent, found) {
      const end = await give({ type: "fuzz", corpus, seed, extent }, (answer) => {
        if (answer.type === "found") found(answer.violation);
        return answer.type === "fuzzed" ? answer : undefined;
      });
      return end.type === "death" ? end : end.tally;
    },
    async check(input) {
      const end = await give({ type: "check", input }, (answer) =>
        answer.type === "checked" ? answer : undefined,
      );
      return end.type === "death" ? end : end.result;
    },
    async close() {
      worker.postMessage("close");
      await died.promise;
      await worker.terminate();
    },
  };
}

/** @returns whether it made no progress for as much of the processor as is allowed; false once nobody wants to know */
async function watchProgress(
  worker: Worker,
  shared: SharedArrayBuffer,
  limit: number,
  signal: AbortSignal,
): Promise<boolean> {
  const numbers = new Int32Array(shared, 0, 2);
  const count = () => Atomics.load(numbers, sharedLayout.count);
  let last = { count: -1, worked: 0, at: 0 };
  for (;;) {
    const now = count();
    const worked = await workedBy(worker);
    if (signal.aborted || worked === undefined) return false;
    if (now !== last.count) last = { count: now, worked, at: performance.now() };
    // It may have gone on while it was asked how much it has worked.
    else if (now === count()) {
      if (worked - last.worked > limit || performance.now() - last.at > waiting * limit) return true;
    }
    await delay(lookEvery);
  }
}

/** Milliseconds that a thread has had of the processor; undefined when it has ended. */
async function workedBy(worker: Worker): Promise<number | undefined> {
  try {
    const { user, system } = await worker.cpuUsage();
    return (user + system) / 1000;
  } catch {
    return undefined;
  }
}

function lastInput(shared: SharedArrayBuffer): Uint8Array {
  const length = new Int32Array(shared, 0, 2)[sharedLayout.length] ?? 0;
  return Uint8Array.from(new Uint8Array(shared, sharedLayout.bytes, length));
}
