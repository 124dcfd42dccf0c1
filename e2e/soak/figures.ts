import type { World } from "../faults/world/world.ts";

/** What the gateway held at one moment. */
export interface Sample {
  /** seconds since the load began */
  readonly at: number;
  readonly megabytes: number;
  readonly descriptors: number;
  /** MB of JavaScript's heap in use; undefined when it was not asked for */
  readonly heap: number | undefined;
}

export async function takeSample({ gateway }: World, at: number): Promise<Sample | undefined> {
  const figures = gateway.figures();
  const heap = (await gateway.metrics())?.get("nodejs_heap_size_used_bytes");
  return figures && { at, ...figures, heap: heap === undefined ? undefined : heap / 1e6 };
}

/** The medians, and of the heap the least, of three stretches of equal length, after what is the warm-up's. */
export interface Course {
  readonly megabytes: Thirds;
  readonly descriptors: Thirds;
  /** the least is what is left after a collection */
  readonly heapFloor: Thirds;
}

export type Thirds = readonly [first: number, second: number, last: number];

/** Of the whole time; caches fill and code is compiled meanwhile. */
export const warmUp = 0.25;

/** @param samples in order */
export function courseOf(samples: readonly Sample[], seconds: number): Course {
  const begin = seconds * warmUp;
  const length = (seconds - begin) / 3;
  const thirds = (
    figure: (sample: Sample) => number | undefined,
    sum: (of: readonly number[]) => number,
  ): Thirds => {
    const third = (n: number) =>
      sum(
        samples
          .filter(({ at }) => at >= begin + n * length && at < begin + (n + 1) * length)
          .flatMap((sample) => figure(sample) ?? []),
      );
    return [third(0), third(1), third(2)];
  };
  return {
    megabytes: thirds(({ megabytes }) => megabytes, median),
    descriptors: thirds(({ descriptors }) => descriptors, median),
    heapFloor: thirds(
      ({ heap }) => heap,
      (of) => Math.min(...of),
    ),
  };
}

/** What a figure may be above its first third in the last one: a share of it, and something for what is noise here. */
const slack = {
  megabytes: { share: 0.05, more: 4 },
  descriptors: { share: 0, more: 4 },
  heapFloor: { share: 0.05, more: 2 },
} as const satisfies Readonly<Record<keyof Course, { readonly share: number; readonly more: number }>>;

/**
 * What grows, in words; nothing when nothing does. What leaks goes on growing, so that half of it comes after the middle: what
 * was still warming up in the first third of a short run, or was once in want of more, does not.
 */
export function growthIn(course: Course): readonly string[] {
  return (Object.keys(slack) as (keyof Course)[]).flatMap((name) => {
    const [first, middle, last] = course[name];
    const { share, more } = slack[name];
    const within = (part: number, before: number) => last <= before + (before * share + more) * part;
    // A run too short to have figures in each third says nothing, which is no good either.
    return Number.isFinite(first + middle) && (within(1, first) || within(0.5, middle))
      ? []
      : [`${name} went from ${round(first)} by ${round(middle)} to ${round(last)}`];
  });
}

function median(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN;
}

export function round(figure: number): number {
  return Math.round(figure * 10) / 10;
}
