import type { Socket } from "node:net";
import type { CallerSettings } from "./caller-settings.ts";
import { headerFrames } from "./frame.ts";
import { encodeBlock, type HeaderField } from "./header-field.ts";
import { Outbox } from "./outbox.ts";

/** What a caller may leave unread of frames it made us write (RFC 9113 §10.5: PING, SETTINGS and reset floods). */
const maxUnreadBytes = 4 * 1024 * 1024;

/** Frames written here, on their way to the caller. They go out between two of the runtime's, never inside one. */
export class CallerOutput {
  readonly #socket: Socket;
  readonly #settings: CallerSettings;
  readonly #out = new Outbox();
  #holding = false;

  constructor(socket: Socket, settings: CallerSettings) {
    this.#socket = socket;
    this.#settings = settings;
  }

  add(frame: Buffer): void {
    this.#out.add(frame);
    if (!this.#holding) this.flush();
  }

  headers(stream: number, fields: readonly HeaderField[], end: boolean): void {
    this.add(headerFrames(stream, Buffer.concat([this.#settings.blockPrefix, encodeBlock(fields)]), end));
  }

  data(header: Buffer, payload: Buffer): void {
    this.#out.add(header);
    this.add(payload);
  }

  /** Keeps frames back until {@link flush}, so that what one read causes becomes one write. */
  hold(): void {
    this.#holding = true;
  }

  /** A caller that makes us write and does not read is cut off; it would not read a GOAWAY either. */
  flush(): void {
    this.#holding = false;
    if (this.#out.isEmpty || this.#socket.destroyed) return;
    if (this.#socket.writableLength > maxUnreadBytes) this.#socket.destroy();
    else this.#out.flushTo(this.#socket);
  }
}
