import { connect, type Socket } from "node:net";
import { flag, frameHeaderBytes, frameType, payloadLength } from "./frame.ts";

/** Several frames, and more than one socket buffer: fewer wake-ups for bulk answers. */
const readBytes = 256 * 1024;

/** Whoever handles what the runtime sends. */
export interface RuntimeFrames {
  /**
   * One whole frame, or one HEADERS with all its CONTINUATION frames, as a view that is only good until the
   * next call of `flush` has been written. @returns false to be given no more until the caller opens its window
   */
  frame(bytes: Buffer): boolean;
  /** Everything read so far has been handed over. @returns true if all was written at once, else calls back */
  flush(written: () => void): boolean;
  /** The caller has opened its window. @returns whether frames held back for it can come again */
  windowOpened(): boolean;
  /** The connection is gone; no call comes after this one. */
  lost(reason: string): void;
}

/**
 * One connection to the runtime. It reads into memory of its own that is used again as soon as the frames in
 * it are with the kernel, and does not read on before: that is the back-pressure, and why bulk costs no
 * allocation. Frames are handed over whole, so nothing is ever sent to the caller in the middle of one.
 */
export class RuntimeLink {
  readonly socket: Socket;
  readonly #frames: RuntimeFrames;
  #buffer: Buffer = Buffer.allocUnsafeSlow(readBytes);
  #spare: Buffer | undefined;
  /** `#buffer` holds bytes not yet handed over from `#at` to `#filled` */
  #at = 0;
  #filled = 0;
  #held = false;
  #writing = false;

  private constructor(path: string, frames: RuntimeFrames) {
    this.#frames = frames;
    this.socket = connect({
      path,
      onread: { buffer: () => this.#buffer.subarray(this.#filled), callback: (length) => this.#read(length) },
    });
  }

  /** @throws the system's error when nobody answers at `path` */
  static connect(path: string, frames: RuntimeFrames): Promise<RuntimeLink> {
    const link = new RuntimeLink(path, frames);
    return new Promise((resolve, reject) => {
      link.socket.once("error", reject);
      link.socket.once("connect", () => {
        link.socket.off("error", reject);
        let reason = "it closed the connection";
        link.socket.on("error", (error) => {
          reason = error.message;
        });
        link.socket.once("close", () => frames.lost(reason));
        resolve(link);
      });
    });
  }

  /** A frame waits for the caller to open its window. */
  get isHeld(): boolean {
    return this.#held;
  }

  callerOpenedWindow(): void {
    if (!this.#held || !this.#frames.windowOpened()) return;
    this.#held = false;
    if (!this.#writing && this.#handOver()) this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #read(length: number): boolean {
    this.#filled += length;
    const more = this.#handOver();
    this.#makeRoom();
    return more;
  }

  /** @returns whether to read on */
  #handOver(): boolean {
    try {
      for (let end = this.#nextEnd(); end !== undefined && !this.#held; end = this.#nextEnd()) {
        this.#held = !this.#frames.frame(this.#buffer.subarray(this.#at, end));
        this.#at = end;
      }
      this.#writing = !this.#frames.flush(() => this.#written());
      return !this.#writing && !this.#held;
    } catch (caught) {
      // A runtime that breaks the protocol is a runtime that is gone; it must not take the process with it.
      this.socket.destroy(caught instanceof Error ? caught : new Error(String(caught)));
      return false;
    }
  }

  /**
   * What is not handed over yet moves to the start of memory that no write refers to any more. Only while the
   * socket is handing over bytes: between two reads it keeps the place that it was last given.
   */
  #makeRoom(): void {
    const rest = this.#filled - this.#at;
    if (this.#writing) {
      const spare = this.#spare ?? Buffer.allocUnsafeSlow(readBytes);
      this.#buffer.copy(spare, 0, this.#at, this.#filled);
      this.#spare = this.#buffer;
      this.#buffer = spare;
    } else if (this.#at > 0) {
      this.#buffer.copyWithin(0, this.#at, this.#filled);
    }
    this.#at = 0;
    this.#filled = rest;
    if (rest === readBytes) this.socket.destroy(new Error("it sent a header block that is too large"));
  }

  #nextEnd(): number | undefined {
    return unitEnd(this.#buffer, this.#at, this.#filled);
  }

  #written(): void {
    if (!this.#writing) return;
    this.#writing = false;
    if (!this.#held && !this.socket.destroyed && this.#handOver()) this.socket.resume();
  }
}

/** Where the frame at `at` ends, with its CONTINUATIONs; undefined while it has not all arrived. */
function unitEnd(buffer: Buffer, at: number, filled: number): number | undefined {
  let start = at;
  for (;;) {
    if (filled - start < frameHeaderBytes) return undefined;
    const end = start + frameHeaderBytes + payloadLength(buffer, start);
    if (end > filled) return undefined;
    const type = buffer[start + 3];
    const opensBlock = type === frameType.headers || type === frameType.continuation;
    if (!opensBlock || ((buffer[start + 4] as number) & flag.endHeaders) !== 0) return end;
    start = end;
  }
}
