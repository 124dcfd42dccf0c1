import { write } from "node:fs";

/** Tells the service manager how this process is, in the words of sd_notify(3). */
export interface Notifier {
  /** Never throws and never waits: a service manager that does not listen is not this process's trouble. */
  send(state: string): void;
}

export const silentNotifier: Notifier = { send: () => undefined };

/**
 * Writes to a datagram socket that the service manager has connected to itself (`OpenFile=` in systemd 253 and later):
 * one write is one datagram. Node can neither make such a socket nor connect one, but it can write to any descriptor.
 */
export function descriptorNotifier(descriptor: number): Notifier {
  return inTurn((state, sent) => write(descriptor, state, () => sent()));
}

/** For service managers that pass no such socket: starts `systemd-notify(1)`, which reads NOTIFY_SOCKET, for each message. */
export function programNotifier(environment: NodeJS.ProcessEnv, program = "systemd-notify"): Notifier {
  const options = { env: environment, timeout: 10_000 };
  return inTurn(async (state, sent) => {
    const { execFile } = await import("node:child_process");
    execFile(program, state.split("\n"), options, () => sent());
  });
}

/**
 * One message at a time; of those that come meanwhile the latest stays. Should the service manager hang, this costs a
 * thread of the pool or a process that waits, and not one more with each message.
 */
export function inTurn(deliver: (state: string, sent: () => void) => void): Notifier {
  let busy = false;
  let next: string | undefined;
  const send = (state: string) => {
    if (busy) {
      next = state;
      return;
    }
    busy = true;
    deliver(state, () => {
      busy = false;
      const waiting = next;
      next = undefined;
      if (waiting !== undefined) send(waiting);
    });
  };
  return { send };
}
