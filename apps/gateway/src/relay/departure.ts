import type { ConnectionFrames } from "./connection-frames.ts";
import type { ConnectionState } from "./connection-state.ts";
import { errorCode, goaway, rstStream } from "./frame.ts";

/** How a connection ends in good order: no new calls are looked at, and the last one's end closes it. */
export class Departure {
  readonly #state: ConnectionState;
  readonly #connectionFrames: ConnectionFrames;
  #begun = false;

  constructor(state: ConnectionState, connectionFrames: ConnectionFrames) {
    this.#state = state;
    this.#connectionFrames = connectionFrames;
  }

  get hasBegun(): boolean {
    return this.#begun;
  }

  /** Tells the caller to go, once. */
  begin(): void {
    const { streams, toCaller } = this.#state;
    this.#connectionFrames.greet();
    if (!this.#begun) {
      this.#begun = true;
      this.#state.lastStream = Math.min(this.#state.lastStream, streams.highest);
      toCaller.add(goaway(this.#state.lastStream, errorCode.noError));
    }
    toCaller.flush();
    this.finishIfIdle();
  }

  /** Without a word: nothing the caller says matters any more. */
  beginAtOnce(): void {
    this.#begun = true;
  }

  /**
   * Ends streams that would never end. As refused rather than cancelled: a client that has had nothing of the answer yet
   * opens it anew by itself (gRPC A6, transparent retries), and one that has sees UNAVAILABLE. A kubelet counts the latter,
   * and gives up events for good after a few.
   */
  endEndless(): void {
    const { streams, toCaller, toRuntime, link } = this.#state;
    for (const [id, stream] of streams.passing()) {
      if (!stream.endless) continue;
      streams.close(id);
      toCaller.add(rstStream(id, errorCode.refusedStream));
      toRuntime.add(rstStream(id, errorCode.cancel));
    }
    if (link !== undefined) toRuntime.flushTo(link.socket);
    this.finishIfIdle();
  }

  finishIfIdle(): void {
    const { caller, streams, toCaller, link } = this.#state;
    if (!this.#begun || streams.size > 0 || caller.destroyed) return;
    toCaller.flush();
    link?.destroy();
    caller.destroySoon();
  }
}
