import type { Material, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import type { Timing } from "@countersign/sources/timing";
import {
  type RepositoryReading,
  type RepositorySpec,
  readRepositoryRoot,
  whyExpired,
} from "./read-repository-root.ts";

/**
 * Trusted roots out of the repositories that TrustRoots carry with them. Verifying takes its time: one that was not looked
 * for before is missing until it was read.
 */
export interface RepositoryRoots {
  /** @param name the TrustRoot's */
  find(name: string, spec: RepositorySpec): Material<TrustedRootMaterial>;
  /** whether something was looked for that was not read yet */
  readonly isAwaited: boolean;
  /**
   * Reads what was looked for. Whoever asks while somebody else does waits for the same.
   * @returns whether anything may be other than before
   */
  settle(): Promise<boolean>;
}

/** More than any cluster has. */
const maxRepositories = 64;
/** A TrustRoot that nobody looked for so long is gone: each is looked for whenever something is compiled anew. */
const forgottenAfterMs = 3_600_000;
const retryAfterMs = 5 * 60_000;

interface Known {
  spec: RepositorySpec;
  readonly digest: Digest;
  lookedForAt: number;
  /** undefined: it was not read yet */
  reading: RepositoryReading | undefined;
  readAt: number;
}

/** @param time - `now` is the time by which metadata expires, in milliseconds since 1970 */
export function repositoryRoots(time: Pick<Timing, "now" | "after">): RepositoryRoots {
  const known = new Map<string, Known>();
  let underWay: Promise<boolean> | undefined;

  /** What is known by this name, if it is the same repository; an edited one takes the place of what it was. */
  function entryOf(name: string, spec: RepositorySpec): Known | undefined {
    const found = known.get(name);
    if (found?.spec === spec) return found;
    const digest = digestOfSpec(spec);
    if (found?.digest === digest) {
      found.spec = spec;
      return found;
    }
    if (found === undefined && known.size >= maxRepositories) forget();
    if (found === undefined && known.size >= maxRepositories) return undefined;
    const entry = { spec, digest, lookedForAt: time.now(), reading: undefined, readAt: 0 };
    known.set(name, entry);
    return entry;
  }

  function forget(): void {
    for (const [name, { lookedForAt }] of known) {
      if (time.now() - lookedForAt >= forgottenAfterMs) known.delete(name);
    }
  }

  const isDue = ({ reading }: Known): boolean => reading === undefined;

  async function readAll(): Promise<boolean> {
    for (;;) {
      const entry = [...known.values()].find(isDue);
      if (entry === undefined) return true;
      entry.reading = await readRepositoryRoot(entry.spec, time);
      entry.readAt = time.now();
    }
  }

  return {
    find(name, spec) {
      const entry = entryOf(name, spec);
      if (entry === undefined) {
        return missing(`more than ${maxRepositories} TrustRoots carry a repository; give keys, or a mirror`);
      }
      entry.lookedForAt = time.now();
      const { reading } = entry;
      if (reading === undefined) return missing("its repository is not read yet");
      if (reading.type !== "read") {
        if (reading.type === "late" && time.now() - entry.readAt >= retryAfterMs) entry.reading = undefined;
        return missing(reading.why);
      }
      const expired = whyExpired(reading.root, time.now());
      if (expired !== undefined) return missing(expired);
      return { type: "found", value: { type: "text", json: reading.root.json } };
    },
    get isAwaited() {
      return underWay !== undefined || [...known.values()].some(isDue);
    },
    settle() {
      if (underWay === undefined && ![...known.values()].some(isDue)) return Promise.resolve(false);
      underWay ??= readAll().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
  };
}

function missing(why: string): Material<never> {
  return { type: "missing", why };
}

function digestOfSpec({ archive, root, targets, target }: RepositorySpec): Digest {
  const parts = [digestOf(archive), digestOf(root), targets, target];
  return digestOf(Buffer.from(JSON.stringify(parts)));
}
