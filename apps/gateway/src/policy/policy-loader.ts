import type { Policy } from "@countersign/engine/policy/policy";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { Clock } from "@countersign/engine/verify/ports";
import { parsePolicy } from "@countersign/sources/policy-languages/read-policy";
import { BoundedCache } from "@countersign/sources/serving/bounded-cache";
import { type FileIdentity, isSettled, sameIdentity } from "./file-version.ts";
import type { PolicyFiles } from "./policy-files.ts";

/** Enough for every namespace with pods on a node, and for the policies they share. */
const maxVersions = 1024;
const maxParsed = 256;

interface LoadedVersion {
  readonly identity: FileIdentity;
  /** kept for broken files too: parsing a large one for each pull would stall every other pull */
  readonly outcome: Policy | CountersignError;
  readonly settled: boolean;
}

/**
 * Gives the policy that `file` holds now. `seen` is what the file looked like a moment ago.
 * @throws CountersignError POLICY_INVALID or POLICY_UNREADABLE
 */
export type LoadPolicy = (file: string, seen: FileIdentity) => Promise<Policy>;

/** Reads and parses a policy file only when it is another one than last time. */
export function policyLoader(
  files: PolicyFiles,
  clock: Clock,
  loaded: (file: string, digest: Digest) => void,
): LoadPolicy {
  const versions = new BoundedCache<string, LoadedVersion>(maxVersions);
  const parsed = new BoundedCache<Digest, Policy>(maxParsed);

  async function parse(bytes: Uint8Array, file: string): Promise<Policy | CountersignError> {
    const digest = digestOf(bytes);
    const known = parsed.get(digest);
    if (known !== undefined) return known;
    try {
      const policy = await parsePolicy(bytes, file);
      parsed.set(digest, policy);
      return policy;
    } catch (caught) {
      return CountersignError.from(caught);
    }
  }

  async function current(file: string, seen: FileIdentity): Promise<LoadedVersion["outcome"]> {
    const known = versions.get(file);
    if (known?.settled && sameIdentity(known.identity, seen)) return known.outcome;
    const readAt = clock.now();
    const { identity, bytes } = await files.read(file);
    const outcome = await parse(bytes, file);
    versions.set(file, { identity, outcome, settled: isSettled(identity, readAt) });
    if (!(outcome instanceof CountersignError) && digestIn(known) !== outcome.digest)
      loaded(file, outcome.digest);
    return outcome;
  }

  return async (file, seen) => {
    const outcome = await current(file, seen);
    if (outcome instanceof CountersignError) throw outcome;
    return outcome;
  };
}

function digestIn(version: LoadedVersion | undefined): Digest | undefined {
  return version === undefined || version.outcome instanceof CountersignError
    ? undefined
    : version.outcome.digest;
}
