import type { Policy } from "@countersign/engine/policy/policy";
import { withPlace } from "@countersign/engine/policy/policy-invalid";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { Clock } from "@countersign/engine/verify/ports";
import { BoundedCache } from "@countersign/sources/serving/bounded-cache";
import { type FileIdentity, isSettled, sameIdentity } from "./file-version.ts";
import type { Namespace } from "./namespace.ts";
import type { PolicyFiles } from "./policy-files.ts";
import { policyLoader } from "./policy-loader.ts";

/** The policy that one request is judged by, from its first step to its last. */
export interface PolicyInForce {
  readonly policy: Policy;
  readonly file: string;
  /** whether the file is the pod's namespace's own or the one for all others */
  readonly origin: PolicyOrigin;
}

export type PolicyOrigin = "global" | "namespaced";

/** Which policy applies to a pull. Declared by the gate. */
export interface PolicySource {
  /** @throws CountersignError POLICY_UNREADABLE, POLICY_NOT_FOUND or POLICY_INVALID; then nothing may be pulled */
  policyFor(namespace: Namespace | undefined): Promise<PolicyInForce>;
}

/** What the store has to tell operators. A failure that goes on is told once, not once per pull. */
export interface PolicyEvents {
  loaded(file: string, digest: Digest): void;
  broke(file: string, error: CountersignError): void;
  mended(file: string): void;
  /** every request that found a policy it could not load */
  refused(origin: PolicyOrigin): void;
}

export interface PolicyPlaces {
  readonly global: string;
  /** holds `<namespace>.json`; undefined when namespaces have no policies of their own */
  readonly directory: string | undefined;
}

/**
 * Hands out policies as CRI-O does: `<directory>/<namespace>.json` replaces the global policy whole when it
 * exists. Only its absence leads to the global one; a file that cannot be read or parsed refuses, because what it
 * would have forbidden is not known.
 *
 * Files are compared with what was read on every request, so an edit holds from the next pull on, without restart
 * and without depending on file events. A broken edit refuses at once: the version before it is not used any more.
 */
export function policyStore(
  places: PolicyPlaces,
  files: PolicyFiles,
  clock: Clock,
  events: PolicyEvents,
): PolicySource {
  const load = policyLoader(files, clock, events.loaded);
  const breaks = tellingOnce(events);

  /**
   * That a namespace has no policy of its own is known only of a directory that was in its place all the while: one that
   * goes away has no files either, and taking that for "no policies" would lift them all.
   */
  async function namespaced(directory: string, namespace: Namespace): Promise<PolicyInForce | undefined> {
    const file = `${directory}/${namespace}.json`;
    let before: FileIdentity | undefined;
    for (let look = 0; look < maxLooks; look++) {
      const began = clock.now();
      const own = await loadIfThere(file);
      if (own !== undefined) return { policy: own, file, origin: "namespaced" };
      const place = await files.identify(directory);
      if (place === undefined) {
        throw unreadable(
          `stat ${directory}: no such file or directory; create --signature-policy-dir, or leave the flag out`,
        );
      }
      if (isSettled(place, began) || (before !== undefined && sameIdentity(before, place))) return undefined;
      before = place;
    }
    throw unreadable(
      `${directory} changes all the while; write policies elsewhere and rename them into place`,
    );
  }

  /** A file that is removed between the look at it and its reading is not there. */
  async function loadIfThere(file: string): Promise<Policy | undefined> {
    const identity = await files.identify(file);
    if (identity === undefined) return undefined;
    try {
      return await load(file, identity);
    } catch (error) {
      if ((await files.identify(file)) === undefined) return undefined;
      throw error;
    }
  }

  async function global(): Promise<PolicyInForce> {
    const file = places.global;
    const identity = await files.identify(file);
    if (identity === undefined) {
      throw new CountersignError("POLICY_NOT_FOUND", `open ${file}: no such file or directory`);
    }
    return { policy: await load(file, identity), file, origin: "global" };
  }

  async function noted<Found>(
    origin: PolicyOrigin,
    file: string,
    find: () => Promise<Found>,
  ): Promise<Found> {
    try {
      const found = await find();
      breaks.mended(file);
      return found;
    } catch (caught) {
      const error = withPlace(CountersignError.from(caught));
      events.refused(origin);
      breaks.broke(file, error);
      throw new CountersignError(
        error.code,
        `${error.message}; no image is pulled under this policy until that is corrected`,
        { cause: caught },
      );
    }
  }

  return {
    async policyFor(namespace) {
      const { directory } = places;
      if (directory !== undefined && namespace !== undefined) {
        const own = await noted("namespaced", `${directory}/${namespace}.json`, () =>
          namespaced(directory, namespace),
        );
        if (own !== undefined) return own;
      }
      return await noted("global", places.global, global);
    },
  };
}

/** A directory into which a controller writes thousands of policies is another one at each look for a while. */
const maxLooks = 50;

function unreadable(message: string): CountersignError {
  return new CountersignError("POLICY_UNREADABLE", message);
}

/** Files whose fault is remembered, so that it is told once. */
const maxFaults = 1024;

/** Turns each request's luck with a file into news: one event when it breaks, one when that fault goes away. */
function tellingOnce(events: PolicyEvents): Pick<PolicyEvents, "broke" | "mended"> {
  const faults = new BoundedCache<string, string>(maxFaults);
  return {
    broke(file, error) {
      if (faults.get(file) !== error.message) events.broke(file, error);
      faults.set(file, error.message);
    },
    mended(file) {
      if (faults.get(file) !== undefined) events.mended(file);
      faults.delete(file);
    },
  };
}
