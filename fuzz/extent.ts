/** How far a target is fuzzed. */
export type Extent =
  | { readonly milliseconds: number }
  /** so many inputs in a thread, and in another one when it died, so many threads at most: the same on any machine */
  | { readonly inputs: number; readonly threads: number };

/**
 * What is left for the next thread after some others; undefined when it is over. There is always a first one.
 * @param passed milliseconds since the first one began
 */
export function leftOf(extent: Extent, threads: number, passed: number): Extent | undefined {
  if ("inputs" in extent) return threads < extent.threads ? extent : undefined;
  const milliseconds = extent.milliseconds - passed;
  return threads > 0 && milliseconds <= 0 ? undefined : { milliseconds };
}

/** Tells of a loop that begins now whether so many inputs are enough. */
export function enoughFrom(extent: Extent): (inputs: number) => boolean {
  if ("inputs" in extent) return (inputs) => inputs >= extent.inputs;
  const end = performance.now() + extent.milliseconds;
  return () => performance.now() >= end;
}
