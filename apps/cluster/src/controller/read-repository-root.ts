import type { TrustRootSpec } from "@countersign/engine/cluster/trust-root-resource";
import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import { CountersignError } from "@countersign/engine/values/error";
import type { Timing } from "@countersign/sources/timing";
import {
  type ArchivedTarget,
  readArchivedRepository,
} from "@countersign/sources/trust-repositories/archive/read-archived-repository";

/** A TrustRoot that carries a whole repository with it. */
export type RepositorySpec = Extract<TrustRootSpec, { readonly type: "repository" }>;

/** The `trusted_root.json` of such a repository. */
export interface RepositoryRoot extends Pick<ArchivedTarget, "expiry"> {
  readonly json: string;
}

/** What became of reading one. Expired is not said here: that comes with time. */
export type RepositoryReading =
  | { readonly type: "read"; readonly root: RepositoryRoot }
  | { readonly type: "refused"; readonly why: string }
  /** it was not read to its end; the machine may have been busy */
  | { readonly type: "late"; readonly why: string };

const field = "spec.repository.mirrorFS";
/** An honest one takes some milliseconds, and one that was made to take longer holds up whatever comes after it. */
const patienceMs = 2_000;

/** Verifies the repository by its root, and that what it publishes is a trusted root. */
export async function readRepositoryRoot(
  spec: RepositorySpec,
  time: Pick<Timing, "after">,
): Promise<RepositoryReading> {
  const late = new AbortController();
  const stop = time.after(patienceMs, () => late.abort());
  try {
    const { bytes, expiry } = await readArchivedRepository(spec, late.signal);
    parseTrustedRoot(bytes);
    return { type: "read", root: { json: Buffer.from(bytes).toString(), expiry } };
  } catch (caught) {
    if (late.signal.aborted) {
      return { type: "late", why: `${field}: to verify it takes longer than ${patienceMs / 1000} s` };
    }
    return { type: "refused", why: `${field}: ${CountersignError.from(caught).message}` };
  } finally {
    stop();
  }
}

/**
 * Says when a repository expired, and what to do.
 * @param now milliseconds since 1970
 * @returns undefined if it may be used
 */
export function whyExpired({ expiry: { file, at } }: RepositoryRoot, now: number): string | undefined {
  if (now < at) return undefined;
  const when = new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  return `${field}: ${file} in it expired at ${when}; renew the repository, and apply the TrustRoot with an archive of it as it is then`;
}
