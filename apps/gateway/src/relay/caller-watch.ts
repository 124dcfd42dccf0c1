import type { ConnectionState } from "./connection-state.ts";
import { Standstill, standstillSeconds } from "./standstill.ts";

/**
 * Looks at a caller from time to time. One that does not take what waits for it, or never says what it wants, holds memory
 * here and a connection of the runtime's, and would hold them for ever. It may be idle for as long as it likes.
 */
export class CallerWatch {
  readonly #state: ConnectionState;
  readonly #unbegun = new Standstill();
  readonly #unread = new Standstill();

  constructor(state: ConnectionState) {
    this.#state = state;
  }

  /**
   * To be called every {@link lookEvery} milliseconds. Ends those of its calls that stand still.
   * @param hasBegun - whether it has said that it speaks HTTP/2
   * @returns why the whole caller is to be cut off; undefined when it may stay
   */
  look(hasBegun: boolean): string | undefined {
    const { caller, streams, link } = this.#state;
    const waits = caller.writableLength > 0 || link?.isHeld === true;
    if (this.#unbegun.look(!hasBegun, 0)) return stoodStill("it has not begun to speak HTTP/2");
    if (this.#unread.look(waits, caller.bytesWritten - caller.writableLength))
      return stoodStill("it does not read what waits for it");
    for (const stream of streams.gated()) stream.look();
    return undefined;
  }
}

function stoodStill(what: string): string {
  return `${what} for ${standstillSeconds} seconds`;
}
