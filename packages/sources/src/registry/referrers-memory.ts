/** Remembers for a while which repositories' registry lists no referrers, so that it is not asked again each time. */
export interface ReferrersMemory {
  /** whether it was found to list none lately; @param address - see `RegistryClient` */
  listsNone(address: string): boolean;
  keep(address: string): void;
}

/** A registry that was made newer shows its lists after this long. */
const lifetime = 5 * 60_000;
const maxAddresses = 1000;

/**
 * By repository, not by registry: a host may keep repositories of several kinds, and a wrong "none" would hide good
 * signatures.
 */
export function referrersMemory(now: () => number): ReferrersMemory {
  const until = new Map<string, number>();
  return {
    listsNone: (address) => now() < (until.get(address) ?? 0),
    keep(address) {
      until.delete(address);
      until.set(address, now() + lifetime);
      const [oldest] = until.keys();
      if (until.size > maxAddresses && oldest !== undefined) until.delete(oldest);
    },
  };
}

/** For a repository that nobody saw to be there: one that is not there answers as an old registry does. */
export const noReferrersMemory: ReferrersMemory = { listsNone: () => false, keep() {} };
