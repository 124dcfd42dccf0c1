import type { Socket } from "node:net";
import { CallerOutput } from "./caller-output.ts";
import { CallerSettings } from "./caller-settings.ts";
import { defaultWindow, max31 } from "./frame.ts";
import { Outbox } from "./outbox.ts";
import { PingDuty } from "./ping-duty.ts";
import type { RuntimeLink } from "./runtime-link.ts";
import { SharedWindow } from "./shared-window.ts";
import { StreamTable } from "./stream-table.ts";

/** What the two ways of one connection, caller to runtime and back, know in common. */
export interface ConnectionState {
  readonly caller: Socket;
  readonly streams: StreamTable;
  readonly window: SharedWindow;
  readonly settings: CallerSettings;
  readonly pings: PingDuty;
  readonly toCaller: CallerOutput;
  readonly toRuntime: Outbox;
  /** undefined while the runtime is not there */
  link: RuntimeLink | undefined;
  /** what the caller may send on a new stream, as the runtime has told it */
  runtimesInitialWindow: number;
  /** Streams with a higher id come after a GOAWAY: the caller knows that nobody looks at them. */
  lastStream: number;
}

export function newConnectionState(caller: Socket): ConnectionState {
  const settings = new CallerSettings();
  const pings = new PingDuty();
  return {
    caller,
    streams: new StreamTable(),
    window: new SharedWindow(),
    settings,
    pings,
    toCaller: new CallerOutput(caller, settings, pings),
    toRuntime: new Outbox(),
    link: undefined,
    runtimesInitialWindow: defaultWindow,
    lastStream: max31,
  };
}
