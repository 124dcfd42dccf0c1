import { hash } from "node:crypto";

/**
 * Remembers what a pure function of some bytes gave, by the bytes' SHA-256. Bounded: the least recently used entry
 * goes first, and long inputs are not kept, so a stranger can at most make it forget. What throws is not remembered.
 */
export function memoByContent<T>(
  capacity: number,
  compute: (bytes: Uint8Array) => T,
): (bytes: Uint8Array) => T {
  const remembered = boundedMemo<T>(capacity);
  return (bytes) =>
    bytes.length > maxBytes ? compute(bytes) : remembered(hash("sha256", bytes), () => compute(bytes));
}

/** The same for functions of several inputs; the caller makes a key that no two different inputs share. */
export function boundedMemo<T>(capacity: number): (key: string, compute: () => T) => T {
  const entries = new Map<string, { readonly value: T }>();
  return (key, compute) => {
    const known = entries.get(key);
    const entry = known ?? { value: compute() };
    if (known !== undefined) entries.delete(key);
    entries.set(key, entry);
    if (entries.size > capacity) {
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    }
    return entry.value;
  };
}

const maxBytes = 64 * 1024;
