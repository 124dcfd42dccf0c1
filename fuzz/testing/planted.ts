import { mutateBytes } from "../mutate/bytes.ts";
import type { Target } from "../target.ts";

/** For tests: a reader with a fault of each kind, to be found. */
export function openTarget(): Target {
  return { seeds: [Buffer.from("seed")], mutate: mutateBytes, check };
}

const kept: Uint8Array[] = [];

function check(input: Uint8Array): string | Promise<string> {
  const text = Buffer.from(input).toString("latin1");
  if (text.includes("throw")) throw new Error(`it holds "throw" and ${text.length} bytes`);
  if (text.includes("hang")) for (;;);
  if (text.includes("wait")) return new Promise(() => undefined);
  if (text.includes("memory")) for (;;) kept.push(...Array.from({ length: 1000 }, () => new Uint8Array(0)));
  if (text.includes("crash")) queueMicrotask(() => Promise.reject(new Error("nobody waits for this")));
  return `length ${text.length}`;
}
