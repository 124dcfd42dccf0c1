import type { Socket } from "node:net";
import { Connection } from "./connection.ts";
import { HeldCalls } from "./held-calls.ts";
import type { RelayConfig } from "./relay-config.ts";
import { lookEvery } from "./standstill.ts";

export interface Relay {
  /** callers connected now */
  readonly connections: number;
  /** Serves one accepted connection until either side ends it. */
  accept(caller: Socket): void;
  /**
   * Asks every caller to go (GOAWAY) and waits for the calls under way; whoever is left when `signal` fires is
   * cut off. Nothing may be accepted any more.
   */
  drain(signal: AbortSignal): Promise<void>;
}

/** A node has a handful of callers. Each costs a connection to the runtime, and those are a runtime's to lose. */
const maxConnections = 512;

/** Puts the gate in front of the runtime. */
export function createRelay(config: RelayConfig): Relay {
  const held = new HeldCalls();
  const connections = new Set<Connection>();
  let stopWatching: (() => void) | undefined;

  /** Who stands still holds what others could have, and says nothing that it could be recognised by. */
  function watch(): void {
    stopWatching = config.timing.after(lookEvery, () => {
      for (const connection of connections) connection.look();
      watch();
    });
  }

  /** A timer that is still to come would keep a process that was drained from ending. */
  function left(connection: Connection): void {
    connections.delete(connection);
    if (connections.size > 0) return;
    stopWatching?.();
    stopWatching = undefined;
  }

  return {
    get connections() {
      return connections.size;
    },
    accept(caller) {
      if (connections.size >= maxConnections) {
        config.report({ type: "callerFault", message: `more than ${maxConnections} connections at a time` });
        caller.destroy();
        return;
      }
      const connection = new Connection(caller, config, held);
      connections.add(connection);
      connection.closed.then(() => left(connection));
      connection.start();
      if (stopWatching === undefined) watch();
    },
    async drain(signal) {
      const cutOff = () => {
        for (const connection of connections) connection.destroy();
      };
      signal.addEventListener("abort", cutOff, { once: true });
      for (const connection of connections) connection.drain();
      if (signal.aborted) cutOff();
      await Promise.all([...connections].map((connection) => connection.closed));
      signal.removeEventListener("abort", cutOff);
    },
  };
}
