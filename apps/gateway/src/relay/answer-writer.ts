import type { RpcStatus } from "../gate.ts";
import type { CallerOutput } from "./caller-output.ts";
import { dataHeader, defaultMaxFrame, errorCode, type Http2ErrorCode, rstStream } from "./frame.ts";
import type { HeaderField } from "./header-field.ts";
import { statusTrailers, trailersOnly } from "./rpc-trailers.ts";
import type { SharedWindow } from "./shared-window.ts";

/** Writes an answer that does not come over the caller's own runtime connection, within the caller's windows. */
export class AnswerWriter {
  readonly #stream: number;
  readonly #output: CallerOutput;
  readonly #shared: SharedWindow;
  #window: number;
  #answered = false;
  #rest: Buffer = Buffer.alloc(0);
  #pumped = 0;
  #sent: (() => void) | undefined;

  constructor(stream: number, streamWindow: number, shared: SharedWindow, output: CallerOutput) {
    this.#stream = stream;
    this.#window = streamWindow;
    this.#shared = shared;
    this.#output = output;
  }

  /** Something waits for the caller's windows, or for its socket. */
  get isWaiting(): boolean {
    return this.#rest.length > 0;
  }

  /** Bytes of DATA that were sent. */
  get pumped(): number {
    return this.#pumped;
  }

  headers(fields: readonly HeaderField[], end: boolean): void {
    this.#answered = true;
    this.#output.headers(this.#stream, fields, end);
  }

  /** Resolves when the caller's windows let all of it pass, or it was abandoned; call it again only then. */
  data(bytes: Buffer): Promise<void> {
    this.#rest = bytes;
    return new Promise((resolve) => {
      this.#sent = resolve;
      this.pump();
    });
  }

  /** Ends the answer with a status, whatever of it was sent before. */
  fail(status: RpcStatus): void {
    this.abandon();
    this.headers(this.#answered ? statusTrailers(status) : trailersOnly(status), true);
  }

  reset(code: Http2ErrorCode = errorCode.noError): void {
    this.abandon();
    this.#output.add(rstStream(this.#stream, code));
  }

  /** Nobody waits for the rest any more. */
  abandon(): void {
    this.#rest = Buffer.alloc(0);
    this.#settle();
  }

  /** The stream's window changes: by an update, or by a new initial size, which can make it negative. */
  open(increment: number): void {
    this.#window += increment;
    this.pump();
  }

  /** Sends what fits now. Whoever opens the shared window, or drains the caller's socket, calls this too. */
  pump(): void {
    while (this.#rest.length > 0 && !this.#output.isFull) {
      const length = Math.min(this.#rest.length, this.#window, this.#shared.credit, defaultMaxFrame);
      if (length <= 0) return;
      this.#window -= length;
      this.#shared.spendHere(length);
      this.#output.data(dataHeader(this.#stream, length, false), this.#rest.subarray(0, length));
      this.#rest = this.#rest.subarray(length);
      this.#pumped += length;
    }
    if (this.#rest.length === 0) this.#settle();
  }

  #settle(): void {
    this.#sent?.();
    this.#sent = undefined;
  }
}
