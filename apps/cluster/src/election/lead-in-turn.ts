import type { Timing } from "@countersign/sources/timing";
import { type HeldLease, type LeaseEvents, type LeaseParts, leaseOf } from "./held-lease.ts";

export interface Election extends LeaseParts {
  readonly timing: Pick<Timing, "now" | "after" | "random">;
  readonly events: ElectionEvents;
}

export interface ElectionEvents extends LeaseEvents {
  began(): void;
  /** this one leads no more, and has stopped writing */
  ended(why: string): void;
}

/** A leader's right to write. */
export interface Leadership {
  /** aborts when it is lost */
  readonly signal: AbortSignal;
  /** whether nobody else can have the Lease yet; asked before each write */
  mayWrite(): boolean;
}

/** Source: kube-controller-manager's defaults, k8s.io/component-base/config/v1alpha1/defaults.go. */
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
