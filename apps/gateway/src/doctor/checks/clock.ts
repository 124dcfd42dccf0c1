import { type Observation, ok, problem, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** Nothing that this program is part of existed before, or will hold after. */
const years = { first: 2026, last: 2075 } as const;

/** Whether the node knows what time it is: certificates and logs of signatures are judged by it. */
export function checkClock({ clock }: Pick<NodeFacts, "clock">): readonly Observation[] {
  if (clock === undefined) return [];
  const { now, keepers, isSynchronised } = clock;
  const date = new Date(now).toISOString().slice(0, 16).replace("T", " ");
  const year = new Date(now).getUTCFullYear();
  const why =
    "Certificates count as not yet valid or as expired, those of registries and those of signatures.";
  if (year < years.first || year > years.last) {
    return [problem(`The clock says ${date} UTC.`, why, "set it, and have a time service keep it")];
  }
  if (isSynchronised === false) {
    return [
      warning(
        `systemd-timesyncd runs and has not set the clock yet; it says ${date} UTC.`,
        why,
        "timedatectl timesync-status",
      ),
    ];
  }
  if (keepers.length === 0) {
    return [
      warning(
        `No program is seen that keeps the clock, which says ${date} UTC.`,
        why,
        "run chrony or systemd-timesyncd, unless the machine has its time from its host",
      ),
    ];
  }
  return [ok(`The clock says ${date} UTC, kept by ${keepers.join(" and ")}.`)];
}
