import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  type KnownNamespaces,
  parseKnownNamespaces,
} from "@countersign/sources/known-namespaces/known-namespaces";
import type { Timing } from "@countersign/sources/timing";
import { type FileIdentity, isSettled, sameIdentity } from "./file-version.ts";
import type { Namespace } from "./namespace.ts";
import type { PolicyFiles } from "./policy-files.ts";
import type { PolicySource } from "./policy-store.ts";

export interface NamespaceWaiting {
  /** what `countersign sync` writes when a publication's files are all there */
  readonly file: string;
  readonly files: PolicyFiles;
  /** namespaces whose pods bring up what the others wait for */
  readonly bootstrap: ReadonlySet<string>;
  /** milliseconds that a pod waits */
  readonly patience: number;
  readonly timing: Timing;
  readonly events: NamespaceWaitEvents;
}

export interface NamespaceWaitEvents {
  began(): void;
  ended(outcome: "known" | "refused"): void;
  /** the file cannot be gone by: nobody's policies are known; told once for each reason */
  broke(reason: string): void;
  mended(): void;
}

/** Often enough for a pod not to notice, and nothing for one file. */
const lookEveryMs = 100;

/**
 * Policies of a cluster that come to the node by and by. A pod of a namespace that the node has not heard of yet waits for
 * it: the policy for all is no answer, as the namespace's own may ask for more. What is not known in time is refused, and so
 * is everything while the file is gone, broken, or older than it was: what it would have said is not known.
 */
export function waitForNamespaces(policies: PolicySource, waiting: NamespaceWaiting): PolicySource {
  const { file, bootstrap, patience, timing, events } = waiting;
  const look = sharedLook(waiting);
  const { signal } = new AbortController();

  async function untilKnown(namespace: Namespace): Promise<void> {
    let known = await look();
    if (isKnown(known, namespace)) return;
    const deadline = timing.now() + patience;
    events.began();
    try {
      while (!isKnown(known, namespace)) {
        if (timing.now() >= deadline) throw notKnown(namespace, file, known);
        await timing.sleep(Math.min(lookEveryMs, Math.max(deadline - timing.now(), 1)), signal);
        known = await look();
      }
    } catch (error) {
      events.ended("refused");
      throw error;
    }
    events.ended("known");
  }

  return {
    async policyFor(namespace) {
      if (namespace !== undefined && !bootstrap.has(namespace)) await untilKnown(namespace);
      return await policies.policyFor(namespace);
    },
  };
}

/** What the file says, or why it says nothing. */
type Look = KnownNamespaces | string;

function isKnown(look: Look, namespace: Namespace): boolean {
  return typeof look !== "string" && look.namespaces.has(namespace);
}

function notKnown(namespace: Namespace, file: string, look: Look): CountersignError {
  const why = typeof look === "string" ? look : `${file} does not name it`;
  return new CountersignError(
    "NAMESPACE_UNKNOWN",
    `the cluster's policies for namespace ${quote(namespace)} are not on this node: ${why}; see whether countersign sync runs here and reaches the API server`,
  );
}

/** Looks at the file, for all who want to know at once; reads it when it is another one than last time. */
function sharedLook({ file, files, timing, events }: NamespaceWaiting): () => Promise<Look> {
  let read: { readonly identity: FileIdentity; readonly look: Look; readonly settled: boolean } | undefined;
  let underWay: Promise<Look> | undefined;
  let newest = 0;
  let fault: string | undefined;

  async function lookOnce(): Promise<Look> {
    const identity = await files.identify(file);
    if (identity === undefined) return `there is no ${file}`;
    if (read?.settled && sameIdentity(read.identity, identity)) return read.look;
    const readAt = timing.now();
    const version = await files.read(file);
    const look = accepted(parseKnownNamespaces(version.bytes, file));
    read = { identity: version.identity, look, settled: isSettled(version.identity, readAt) };
    return look;
  }

  /** Whoever could bring back an old list could bring back what was allowed then. */
  function accepted(known: KnownNamespaces): Look {
    if (known.generation < newest) {
      return `${file} is of publication ${known.generation}, and ${newest} was here already`;
    }
    newest = known.generation;
    return known;
  }

  function told(look: Look): Look {
    const now = typeof look === "string" ? look : undefined;
    if (now !== undefined && now !== fault) events.broke(now);
    if (now === undefined && fault !== undefined) events.mended();
    fault = now;
    return look;
  }

  return () => {
    underWay ??= lookOnce()
      .catch((error) => CountersignError.from(error).message)
      .then(told)
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  };
}
