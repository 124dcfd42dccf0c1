import type { Timing } from "@countersign/sources/timing";
import { leases } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { type LeaseRecord, leaseObject, microTime, readLease } from "./lease-record.ts";

/** Who would hold which Lease, and by which clocks. */
export interface LeaseParts {
  readonly server: ApiServer;
  readonly namespace: string;
  /** the Lease's */
  readonly name: string;
  /** of this process and no other: one that was started again is another one */
  readonly identity: string;
  /** a clock that nobody sets; milliseconds */
  readonly timing: Pick<Timing, "now" | "after">;
  /** milliseconds since the epoch, for what people read in the Lease */
  readonly wall: () => number;
  readonly events: LeaseEvents;
}

export interface LeaseEvents {
  /** the Lease could not be read or written */
  failed(error: ApiFailure): void;
}

/** Source: kube-controller-manager's defaults, k8s.io/component-base/config/v1alpha1/defaults.go. */
const leaseDurationMs = 15_000;
const renewDeadlineMs = 10_000;

/** A Lease as one that would hold it sees it. The clocks of others are not believed. */
export interface HeldLease {
  /** until when this one may write, by the election's clock */
  readonly heldUntil: number;
  /** somebody else holds it */
  readonly isTaken: boolean;
  /** Acquires or renews it; whether that was done. */
  tryToHold(signal: AbortSignal): Promise<boolean>;
  release(): Promise<void>;
}

export function leaseOf({ server, namespace, name, identity, timing, wall, events }: LeaseParts): HeldLease {
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
