import type { Timing } from "@countersign/sources/timing";
import { leases } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { type LeaseRecord, leaseObject, microTime, readLease } from "./lease-record.ts";

export interface Election {
  readonly server: ApiServer;
  readonly namespace: string;
  /** the Lease's */
  readonly name: string;
  /** of this process and no other: one that was started again is another one */
  readonly identity: string;
  /** a clock that nobody sets; milliseconds */
  readonly timing: Pick<Timing, "now" | "after" | "random">;
  /** milliseconds since the epoch, for what people read in the Lease */
  readonly wall: () => number;
  readonly events: ElectionEvents;
}

export interface ElectionEvents {
  began(): void;
  /** this one leads no more, and has stopped writing */
  ended(why: string): void;
  /** the Lease could not be read or written */
  failed(error: ApiFailure): void;
}

/** A leader's right to write. */
export interface Leadership {
  /** aborts when it is lost */
  readonly signal: AbortSignal;
  /** whether nobody else can have the Lease yet; asked before each write */
  mayWrite(): boolean;
}

/** Source: kube-controller-manager's defaults, k8s.io/component-base/config/v1alpha1/defaults.go. */
const leaseDurationMs = 15_000;
const renewDeadlineMs = 10_000;
const retryPeriodMs = 2_000;

/**
 * Leads whenever no other holds the Lease, until `signal` ends it; the Lease is given back then. As client-go has it: the
 * clocks of others are not believed, a Lease is free once it was not renewed for its duration since this process saw it last.
 * A leader that cannot renew it stops five seconds before anybody else may begin, whether or not it notices why.
 * Source: client-go tools/leaderelection/leaderelection.go.
 * @param lead ends soon after its signal aborts
 * @throws what `lead` throws
 */
export async function leadInTurn(
  election: Election,
  lead: (leadership: Leadership) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const lease = leaseOf(election);
  while (!signal.aborted) {
    if (!(await lease.tryToHold(signal))) {
      await pause(election, retryPeriodMs * (1 + election.timing.random() * 0.2), signal);
      continue;
    }
    election.events.began();
    const why = await holdWhileLeading(election, lease, lead, signal);
    election.events.ended(why);
  }
}

async function holdWhileLeading(
  election: Election,
  lease: HeldLease,
  lead: (leadership: Leadership) => Promise<void>,
  signal: AbortSignal,
): Promise<string> {
  const lost = new AbortController();
  const ending = AbortSignal.any([signal, lost.signal]);
  const mayWrite = () => !lost.signal.aborted && election.timing.now() < lease.heldUntil;
  const renewing = renewUntilLost(election, lease, lost, ending);
  try {
    await lead({ signal: ending, mayWrite });
  } finally {
    const wasLost = lost.signal.aborted;
    lost.abort();
    await renewing;
    if (!wasLost) await lease.release();
  }
  return signal.aborted ? "this process ends" : "the Lease could not be renewed in time";
}

async function renewUntilLost(
  election: Election,
  lease: HeldLease,
  lost: AbortController,
  ending: AbortSignal,
): Promise<void> {
  while (!ending.aborted) {
    // the deadline is kept even when an answer does not come
    const disarm = election.timing.after(lease.heldUntil - election.timing.now(), () => lost.abort());
    await pause(election, retryPeriodMs, ending);
    const isHeld = ending.aborted || (await lease.tryToHold(ending));
    disarm();
    if (!isHeld && (lease.isTaken || election.timing.now() >= lease.heldUntil)) lost.abort();
  }
}

interface HeldLease {
  /** until when this one may write, by the election's clock */
  readonly heldUntil: number;
  /** somebody else holds it */
  readonly isTaken: boolean;
  /** Acquires or renews it; whether that was done. */
  tryToHold(signal: AbortSignal): Promise<boolean>;
  release(): Promise<void>;
}

function leaseOf({ server, namespace, name, identity, timing, wall, events }: Election): HeldLease {
  let heldUntil = Number.NEGATIVE_INFINITY;
  let seen: { readonly object: ApiObject; readonly record: LeaseRecord; readonly at: number } | undefined;

  function note(object: ApiObject, at: number): LeaseRecord {
    const record = readLease(object);
    const isSame = seen !== undefined && JSON.stringify(seen.record) === JSON.stringify(record);
    seen = { object, record, at: isSame && seen !== undefined ? seen.at : at };
    return record;
  }

  const isOthers = () => seen !== undefined && seen.record.holder !== "" && seen.record.holder !== identity;

  async function hold(signal: AbortSignal): Promise<boolean> {
    const began = timing.now();
    const found = await server.get(leases, { namespace, name }, signal);
    if (found !== undefined) note(found, timing.now());
    else seen = undefined;
    if (seen !== undefined && isOthers() && timing.now() < seen.at + leaseDurationMs) return false;
    const before = seen?.record;
    const isMine = before?.holder === identity;
    const now = microTime(wall());
    const record: LeaseRecord = {
      holder: identity,
      durationSeconds: leaseDurationMs / 1000,
      acquired: isMine ? before.acquired : now,
      renewed: now,
      transitions: before === undefined ? 0 : before.transitions + (isMine ? 0 : 1),
    };
    const written =
      found === undefined
        ? await server.create(leases, leaseObject({ namespace, name }, record), signal)
        : await server.replace(leases, leaseObject(found.metadata, record), signal);
    note(written, timing.now());
    // counted from before it was asked for: whoever else watches cannot have seen it earlier
    heldUntil = began + renewDeadlineMs;
    return true;
  }

  return {
    get heldUntil() {
      return heldUntil;
    },
    get isTaken() {
      return isOthers();
    },
    async tryToHold(signal) {
      const patience = new AbortController();
      const disarm = timing.after(renewDeadlineMs / 2, () => patience.abort());
      try {
        return await hold(AbortSignal.any([signal, patience.signal]));
      } catch (error) {
        if (signal.aborted) return false;
        const failure =
          error instanceof ApiFailure
            ? error
            : new ApiFailure("unreachable", String(error), { cause: error });
        // another one was faster, and the next look will show who
        if (failure.code !== "conflict" && failure.code !== "exists") events.failed(failure);
        return false;
      } finally {
        disarm();
      }
    },
    async release() {
      if (seen === undefined || seen.record.holder !== identity) return;
      const patience = new AbortController();
      const disarm = timing.after(renewDeadlineMs / 2, () => patience.abort());
      const now = microTime(wall());
      const record = { ...seen.record, holder: "", durationSeconds: 1, acquired: now, renewed: now };
      heldUntil = Number.NEGATIVE_INFINITY;
      try {
        await server.replace(leases, leaseObject(seen.object.metadata, record), patience.signal);
      } catch {
        // then it runs out by itself
      } finally {
        disarm();
      }
    },
  };
}

/** Waits; shorter if the signal aborts. */
async function pause({ timing }: Election, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      disarm();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const disarm = timing.after(milliseconds, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
