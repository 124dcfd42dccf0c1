import { basename } from "node:path";
import { Worker } from "node:worker_threads";
import type { Tally, Violation } from "./loop.ts";
import { maxInput } from "./target.ts";
import { type Answer, type Order, sharedLayout, type ThreadData } from "./worker.ts";

/** A target in a thread of its own. After a death it takes no more orders; where it cannot be opened, each throws. */
export interface Thread {
  /** Fuzzes for some time. */
  fuzz(
    corpus: readonly Uint8Array[],
    seed: number,
    milliseconds: number,
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
  /** without any progress before a thread is given up */
  readonly milliseconds: number;
  /** of V8's heap */
  readonly megabytes: number;
}

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
    const watch = watchProgress(shared, limits.milliseconds, () => {
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
      clearInterval(watch);
    }
  }

  return {
    async fuzz(corpus, seed, milliseconds, found) {
      const end = await give({ type: "fuzz", corpus, seed, milliseconds }, (answer) => {
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

function watchProgress(shared: SharedArrayBuffer, limit: number, stalled: () => void): NodeJS.Timeout {
  const numbers = new Int32Array(shared, 0, 2);
  let last = { count: -1, at: 0 };
  return setInterval(() => {
    const count = Atomics.load(numbers, sharedLayout.count);
    if (count !== last.count) last = { count, at: performance.now() };
    else if (performance.now() - last.at > limit) stalled();
  }, 100);
}

function lastInput(shared: SharedArrayBuffer): Uint8Array {
  const length = new Int32Array(shared, 0, 2)[sharedLayout.length] ?? 0;
  return Uint8Array.from(new Uint8Array(shared, sharedLayout.bytes, length));
}
