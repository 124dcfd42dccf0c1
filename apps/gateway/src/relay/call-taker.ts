import { type RpcStatus, rpcCode } from "../gate.ts";
import { AnswerWriter } from "./answer-writer.ts";
import type { Taker } from "./call-opener.ts";
import type { ConnectionState } from "./connection-state.ts";
import { GatedStream } from "./gated-stream.ts";
import type { HeldCalls } from "./held-calls.ts";
import type { RelayConfig } from "./relay-config.ts";
import type { RequestHead } from "./request-head.ts";

/** Says who answers a call: the gate, the runtime, or nobody and why. */
export class CallTaker {
  readonly #state: ConnectionState;
  readonly #config: RelayConfig;
  readonly #held: HeldCalls;
  readonly #done: () => void;

  /** @param done - after the end of each call that the gate has taken */
  constructor(state: ConnectionState, config: RelayConfig, held: HeldCalls, done: () => void) {
    this.#state = state;
    this.#config = config;
    this.#held = held;
    this.#done = done;
  }

  /** @param unavailable - what callers are told while there is no runtime */
  take(id: number, head: RequestHead, unavailable: RpcStatus | undefined): Taker {
    const { link, settings, window, toCaller, streams } = this.#state;
    const { gate, serves, forwarder, report } = this.#config;
    if (!serves(head.path)) return { type: "nobody", status: unknownService(head.path) };
    if (link === undefined) return { type: "nobody", status: unavailable as RpcStatus };
    if (!gate.paths.has(head.path)) return { type: "runtime" };
    const writer = new AnswerWriter(id, settings.initialWindow, window, toCaller);
    const stream = new GatedStream(head, writer, {
      gate,
      forwarder,
      held: this.#held,
      gateFailed: (path, error) => report({ type: "gateFailed", path, error }),
      done: () => {
        streams.close(id);
        this.#done();
      },
    });
    return { type: "gate", stream };
  }
}

/** In grpc-go's words: clients that find a service missing look for an older or newer one. */
function unknownService(path: string): RpcStatus {
  const service = path.slice(1, path.lastIndexOf("/"));
  return { code: rpcCode.unimplemented, message: `unknown service ${service}` };
}
