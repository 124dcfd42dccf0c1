import type { Socket } from "node:net";
import type { Gate } from "../gate.ts";
import type { RuntimeEndpoint } from "../runtime-endpoint.ts";
import { Connection } from "./connection.ts";
import type { Forwarder } from "./forwarder.ts";
import { HeldCalls } from "./held-calls.ts";

/** Worth a line in the log. None of it ends the relay. */
export type RelayEvent =
  /** a caller broke HTTP/2 and was disconnected */
  | { readonly type: "callerFault"; readonly message: string }
  /** calls get UNAVAILABLE until the runtime is back */
  | { readonly type: "runtimeUnavailable"; readonly message: string }
  /** deciding about a call threw; the call was refused */
  | { readonly type: "gateFailed"; readonly path: string; readonly error: unknown };

export interface RelayConfig {
  readonly runtime: RuntimeEndpoint;
  readonly gate: Gate;
  /** whether the runtime gets to see calls on a path; others are UNIMPLEMENTED, as by a server without that service */
  readonly serves: (path: string) => boolean;
  readonly forwarder: Forwarder;
  readonly report: (event: RelayEvent) => void;
}

export interface Relay {
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
  return {
    accept(caller) {
      if (connections.size >= maxConnections) {
        config.report({ type: "callerFault", message: `more than ${maxConnections} connections at a time` });
        caller.destroy();
        return;
      }
      const connection = new Connection(caller, config, held);
      connections.add(connection);
      connection.closed.then(() => connections.delete(connection));
      connection.start();
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
