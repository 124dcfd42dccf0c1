import { CountersignError } from "@countersign/engine/values/error";

/** What a service manager has opened for this process. */
export interface PassedDescriptors {
  /** a unix socket that is bound already; whoever connects to it waits in the kernel until somebody accepts */
  readonly listen: number | undefined;
  /** a datagram socket that is connected to the service manager's notification socket */
  readonly notify: number | undefined;
}

/** sd_listen_fds(3): the first one; the others follow. */
const first = 3;
const notifyName = "notify";

/**
 * Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES (sd_listen_fds(3)). A descriptor is what its name says: `notify` for
 * the one that units open with `OpenFile=/run/systemd/notify:notify`, anything else for the socket to serve on.
 *
 * @param pid - the reading process's own: what was meant for its parent is not its to take
 * @throws CountersignError CONFIG_INVALID when there are two of a kind
 */
export function passedDescriptors(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): PassedDescriptors {
  const count = environment["LISTEN_PID"] === String(pid) ? Number(environment["LISTEN_FDS"] ?? "0") : 0;
  const names = (environment["LISTEN_FDNAMES"] ?? "").split(":");
  const listen: number[] = [];
  const notify: number[] = [];
  for (let at = 0; at < count; at++) (names[at] === notifyName ? notify : listen).push(first + at);
  if (listen.length > 1 || notify.length > 1)
    throw new CountersignError(
      "CONFIG_INVALID",
      `the service manager passed ${listen.length} sockets to listen on and ${notify.length} to notify it by (${names.join(", ")}); one of each is used`,
    );
  return { listen: listen[0], notify: notify[0] };
}
