import type { Timing } from "@countersign/sources/timing";
import type { Gate } from "../gate.ts";
import type { RuntimeEndpoint } from "../runtime/runtime-endpoint.ts";
import type { Forwarder } from "./forwarder.ts";

/** Worth a line in the log. None of it ends the relay. */
export type RelayEvent =
  /** a caller broke HTTP/2, or stood still, and was disconnected */
  | { readonly type: "callerFault"; readonly message: string }
  /** a caller has its connection to the runtime */
  | { readonly type: "runtimeReached" }
  /** calls get UNAVAILABLE until the runtime is back; one for each caller that finds out */
  | { readonly type: "runtimeUnavailable"; readonly message: string }
  /** deciding about a call threw; the call was refused */
  | { readonly type: "gateFailed"; readonly path: string; readonly error: unknown };

export interface RelayConfig {
  readonly runtime: RuntimeEndpoint;
  readonly gate: Gate;
  /** whether the runtime gets to see calls on a path; others are UNIMPLEMENTED, as by a server without that service */
  readonly serves: (path: string) => boolean;
  readonly forwarder: Forwarder;
  /** for looking at callers that stand still */
  readonly timing: Pick<Timing, "after">;
  readonly report: (event: RelayEvent) => void;
}
