/**
 * Waits for a few at a time, and gives their results in order. What fails is thrown in order too, so that the same
 * trouble is told whichever came first.
 */
export async function* inBatches<T, R>(
  items: readonly T[],
  size: number,
  run: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  for (let start = 0; start < items.length; start += size) {
    const settled = await Promise.allSettled(items.slice(start, start + size).map(run));
    for (const result of settled) {
      if (result.status === "rejected") throw result.reason;
      yield result.value;
    }
  }
}
