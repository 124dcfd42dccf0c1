/** What is known of the runtime from everybody's attempts to reach it. */
export interface RuntimeWatch {
  /** why the last attempt failed; undefined when it did not, or there was none yet */
  readonly away: string | undefined;
  reached(): void;
  missed(reason: string): void;
}

/** Told once for each outage, however many callers it hits. */
export interface RuntimeNews {
  wentAway(reason: string): void;
  /** @param away - milliseconds */
  cameBack(away: number): void;
}

/** @param now - milliseconds of a clock that is never set back */
export function runtimeWatch(news: RuntimeNews, now: () => number): RuntimeWatch {
  let outage: { readonly reason: string; readonly since: number } | undefined;
  return {
    get away() {
      return outage?.reason;
    },
    reached() {
      if (outage === undefined) return;
      const { since } = outage;
      outage = undefined;
      news.cameBack(now() - since);
    },
    missed(reason) {
      if (outage === undefined) news.wentAway(reason);
      outage = { reason, since: outage?.since ?? now() };
    },
  };
}
