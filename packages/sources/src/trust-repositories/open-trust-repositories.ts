import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { TrustRepositories, TrustRepositoryQuery } from "@countersign/engine/verify/ports";
import { cancellation, refuseIfCancelled } from "../cancellation.ts";
import type { HttpClient } from "../registry/http-client.ts";
import type { Timing } from "../timing.ts";
import { httpMirror } from "./http-mirror.ts";
import { type KeptMetadata, verifyKept } from "./kept-metadata.ts";
import type { MetadataDirectory } from "./metadata-directory.ts";
import { TufRules } from "./tuf-rules.ts";
import { updateMetadata } from "./update-metadata.ts";

/** Told when a repository cannot be read, and what was kept of it serves. */
export type StaleTold = (mirror: string, error: CountersignError) => void;

/** Milliseconds after which a mirror is asked for something newer, as policy-controller does. */
const freshness = 24 * 60 * 60_000;
/** Milliseconds for which a mirror is left alone that failed, while something may still be used, or nothing. */
const patience = { kept: 5 * 60_000, nothing: 10_000 };
/** Milliseconds that all questions of one update may take. */
const updateDeadline = 30_000;
/** Milliseconds that are waited for something newer, while what is kept may be used; a mirror that hangs stops no pull. */
const waitForNewer = 3_000;
const maxRepositories = 64;

interface Known {
  readonly kept: KeptMetadata | undefined;
  /** milliseconds since 1970; 0 if nothing is kept that may be used */
  readonly until: number;
  readonly checked: number;
  readonly failure: { readonly at: number; readonly error: CountersignError } | undefined;
}

/**
 * Reads trusted roots from repositories of The Update Framework. What was fetched serves for a day without any question,
 * and after that for as long as it has not expired and nothing newer is to be had.
 * @param directory - where it is kept between processes; undefined: nowhere
 */
export function openTrustRepositories(
  http: HttpClient,
  directory: MetadataDirectory | undefined,
  timing: Timing,
  stale: StaleTold,
): TrustRepositories {
  const known = new Map<string, Known>();
  const underWay = new Map<string, Promise<Known>>();
  let rules: TufRules | undefined;

  async function loadRules(): Promise<TufRules> {
    rules ??= new TufRules(await import("@tufjs/models"));
    return rules;
  }

  /** Verified anew, whoever kept it; what is broken or expired still tells which versions were seen. */
  async function recall(query: TrustRepositoryQuery): Promise<Known> {
    const found = await directory?.find(query);
    const nothing = { kept: undefined, until: 0, checked: 0, failure: undefined };
    if (found === undefined) return nothing;
    const { metadata, checked } = found;
    try {
      const until = verifyKept(await loadRules(), query.root, metadata, query.target, timing.now());
      return { kept: metadata, until, checked, failure: undefined };
    } catch {
      return { ...nothing, kept: metadata };
    }
  }

  async function update(query: TrustRepositoryQuery, before: Known): Promise<Known> {
    const controller = new AbortController();
    const stop = timing.after(updateDeadline, () =>
      controller.abort(new CountersignError("DEADLINE_EXCEEDED", "it takes too long to answer")),
    );
    const mirror = httpMirror(query.mirror, http, controller.signal);
    try {
      const repository = { rules: await loadRules(), mirror, pinned: query.root, target: query.target };
      const now = timing.now();
      const known = usable(repository.rules, query, before.kept);
      const { metadata: kept } = await updateMetadata(repository, known, now);
      const until = verifyKept(repository.rules, query.root, kept, query.target, now);
      // Another process may have asked since, and been told of something newer.
      const other = await directory?.find(query);
      if (other === undefined || other.checked <= now) {
        await directory?.keep(query, { mirror: query.mirror, checked: now, metadata: kept });
      }
      return { kept, until, checked: now, failure: undefined };
    } catch (caught) {
      const error = CountersignError.from(caught);
      if (isFit(before)) stale(query.mirror, error);
      return { ...before, failure: { at: timing.now(), error } };
    } finally {
      stop();
    }
  }

  const isFit = ({ kept, until }: Known): boolean => kept !== undefined && timing.now() < until;

  /** Whether there is no reason to ask the mirror again. */
  function isSettled(entry: Known): boolean {
    const now = timing.now();
    const isRecent = (at: number, within: number): boolean => at <= now && now - at < within;
    if (isFit(entry) && isRecent(entry.checked, freshness)) return true;
    const wait = isFit(entry) ? patience.kept : patience.nothing;
    return entry.failure !== undefined && isRecent(entry.failure.at, wait);
  }

  function remember(key: string, entry: Known): Known {
    known.delete(key);
    known.set(key, entry);
    const [oldest] = known.keys();
    if (known.size > maxRepositories && oldest !== undefined) known.delete(oldest);
    return entry;
  }

  /** One question at a time, for all who want to know. */
  function atOnce(key: string, ask: () => Promise<Known>): Promise<Known> {
    const asking =
      underWay.get(key) ??
      ask()
        .then((entry) => remember(key, entry))
        .finally(() => underWay.delete(key));
    underWay.set(key, asking);
    return asking;
  }

  return {
    async trustedRoot(query, signal) {
      refuseIfCancelled(signal);
      const key = keyOf(query);
      const before =
        known.get(key) ??
        (await orCancelled(
          atOnce(key, () => recall(query)),
          signal,
        ));
      if (isSettled(before)) return targetOf(query, before);
      const newer = atOnce(key, () => update(query, before));
      const entry = isFit(before)
        ? await withPatience(orCancelled(newer, signal), before)
        : await orCancelled(newer, signal);
      return targetOf(query, entry);
    },
  };

  function targetOf(query: TrustRepositoryQuery, entry: Known): Uint8Array {
    if (entry.kept !== undefined && isFit(entry)) return entry.kept.target;
    throw unusable(query, entry);
  }

  async function withPatience(newer: Promise<Known>, before: Known): Promise<Known> {
    let stop = (): void => {};
    const patience = new Promise<Known>((resolve) => {
      stop = timing.after(waitForNewer, () => resolve(before));
    });
    try {
      return await Promise.race([newer, patience]);
    } finally {
      stop();
    }
  }
}

function keyOf({ mirror, root, target }: TrustRepositoryQuery): string {
  return JSON.stringify([mirror, digestOf(root), target]);
}

/** What is kept, if the root that the policy names still leads to it. */
function usable(
  rules: TufRules,
  { root }: TrustRepositoryQuery,
  kept: KeptMetadata | undefined,
): KeptMetadata | undefined {
  try {
    kept?.roots.reduce((before, bytes) => rules.root(before, bytes), rules.root(undefined, root));
    return kept;
  } catch {
    return undefined;
  }
}

/** Whoever no longer waits goes; the others still get what was asked for. */
function orCancelled<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(cancellation(signal));
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function unusable({ mirror }: TrustRepositoryQuery, { kept, failure }: Known): CountersignError {
  const why = failure?.error.message ?? "it cannot be read";
  const had = kept === undefined ? "nothing of it is kept" : "what is kept of it has expired or is broken";
  return new CountersignError("TRUST_REPOSITORY_UNUSABLE", `TUF repository ${mirror}: ${why}; ${had}`, {
    cause: failure?.error,
  });
}
