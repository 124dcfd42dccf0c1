/** How many run at a time: disks and API servers serve others too. */
const atOnce = 16;

/**
 * Runs a task for each item, some of them at the same time; the items keep their order of beginning.
 * @throws what the first failing task threw, once those that were running have ended
 */
export async function severalAtOnce<T>(items: Iterable<T>, task: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items].values();
  let failure: { readonly cause: unknown } | undefined;
  const worker = async () => {
    for (const item of waiting) {
      if (failure !== undefined) return;
      try {
        await task(item);
      } catch (cause) {
        failure ??= { cause };
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failure !== undefined) throw failure.cause;
}
