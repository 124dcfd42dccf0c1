import type { Clock } from "@countersign/engine/verify/ports";
import type { NodeFiles } from "../node/node-files.ts";
import type { NodeProcess } from "../node/processes.ts";

/** What can be seen of the node's clock without asking another one. */
export interface ClockState {
  /** milliseconds since 1970 */
  readonly now: number;
  /** programs that run and set it */
  readonly keepers: readonly string[];
  /** whether systemd-timesyncd says that it has set it; undefined when that is not what runs */
  readonly isSynchronised: boolean | undefined;
}

/** As the kernel has the names, cut after fifteen characters. */
const timeServices = ["chronyd", "ntpd", "ntpd-rs", "openntpd", "ptp4l", "phc2sys", "systemd-timesyn"];

/** timesyncd touches it each time the clock was set right. Source: systemd-timesyncd.service(8). */
const synchronised = "/run/systemd/timesync/synchronized";

export async function clockState(
  clock: Clock,
  files: NodeFiles,
  processes: readonly NodeProcess[],
): Promise<ClockState> {
  const running = new Set(processes.map(({ name }) => name));
  const keepers = timeServices.filter((name) => running.has(name));
  const isSynchronised = keepers.includes("systemd-timesyn")
    ? (await files.look(synchronised)).type === "found"
    : undefined;
  return { now: clock.now(), keepers, isSynchronised };
}
