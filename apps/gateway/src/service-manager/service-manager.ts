import { descriptorNotifier, type Notifier, programNotifier, silentNotifier } from "./notifier.ts";
import { passedDescriptors } from "./passed-descriptors.ts";

/** systemd, or whatever else speaks its protocols; nobody, when started by hand. */
export interface ServiceManager {
  /** the descriptor of a socket to serve on */
  readonly listen: number | undefined;
  readonly notifier: Notifier;
  /** milliseconds between signs of life: half of what it waits for one; undefined when it wants none */
  readonly watchdogInterval: number | undefined;
}

/** @throws CountersignError CONFIG_INVALID when it passes what cannot be meant */
export function serviceManager(environment: NodeJS.ProcessEnv, pid: number): ServiceManager {
  const { listen, notify } = passedDescriptors(environment, pid);
  const notifySocket = environment["NOTIFY_SOCKET"] || undefined;
  const notifier =
    notifySocket === undefined
      ? silentNotifier
      : notify === undefined
        ? programNotifier(environment)
        : descriptorNotifier(notify);
  return { listen, notifier, watchdogInterval: watchdogInterval(environment, pid) };
}

/** sd_watchdog_enabled(3) */
function watchdogInterval(environment: NodeJS.ProcessEnv, pid: number): number | undefined {
  const meantFor = environment["WATCHDOG_PID"] ?? String(pid);
  const microseconds = Number(environment["WATCHDOG_USEC"] ?? Number.NaN);
  return meantFor === String(pid) && microseconds > 0 ? microseconds / 2000 : undefined;
}

/** Gives signs of life for as long as this process gets to its timers. @returns how to stop */
export function keepAlive({ notifier, watchdogInterval }: ServiceManager): Disposable {
  const timer =
    watchdogInterval === undefined
      ? undefined
      : setInterval(() => notifier.send("WATCHDOG=1"), watchdogInterval);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
