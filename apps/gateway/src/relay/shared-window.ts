import { defaultWindow, errorCode, max31 } from "./frame.ts";
import { ConnectionFault } from "./frame-reader.ts";

/**
 * What the caller still accepts on the whole connection (RFC 9113 §6.9). The runtime spends from it without
 * knowing that answers given here are paid from it too; `#debt` is how much more the runtime believes to have.
 * The caller's next updates settle the debt before they reach the runtime.
 */
export class SharedWindow {
  #credit = defaultWindow;
  #debt = 0;

  /** bytes of DATA that may be sent to the caller now, whoever sends them */
  get credit(): number {
    return this.#credit;
  }

  spendByRuntime(bytes: number): void {
    this.#credit -= bytes;
  }

  spendHere(bytes: number): void {
    this.#credit -= bytes;
    this.#debt += bytes;
  }

  /** The caller opens the window. @returns how much of it is the runtime's to know of */
  open(increment: number): number {
    this.#credit += increment;
    if (this.#credit > max31)
      throw new ConnectionFault(errorCode.flowControlError, "the connection's window overflows");
    const settled = Math.min(this.#debt, increment);
    this.#debt -= settled;
    return increment - settled;
  }
}
