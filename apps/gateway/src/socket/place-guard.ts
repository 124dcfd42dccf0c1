/** Whose socket is at our place. */
export type Owner = "ours" | "another's" | "nobody's";

export interface PlaceGuard {
  readonly displaced: AbortSignal;
  readonly isGone: boolean;
  close(): void;
}

/** Asks instead of being told: a node's pods use up the kernel's inotify instances, and this must not depend on them. */
export function watchPlace(whose: () => Promise<Owner>): PlaceGuard {
  const displaced = new AbortController();
  let isGone = false;
  const timer = setInterval(async () => {
    const owner = await whose();
    isGone = owner === "nobody's";
    if (owner === "another's") displaced.abort();
  }, watchInterval);
  timer.unref();
  return {
    displaced: displaced.signal,
    get isGone() {
      return isGone;
    },
    close: () => clearInterval(timer),
  };
}

/** Milliseconds. A gateway that was displaced serves its callers as before; it is in no hurry to find out. */
const watchInterval = 1000;
