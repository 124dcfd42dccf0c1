import type { Socket } from "node:net";
import type { CallerSettings } from "./caller-settings.ts";
import { headerFrames } from "./frame.ts";
import { encodeBlock, type HeaderField } from "./header-field.ts";
import { Outbox } from "./outbox.ts";
import type { PingDuty } from "./ping-duty.ts";

/** What a caller may leave unread of frames it made us write (RFC 9113 §10.5: PING, SETTINGS and reset floods). */
const maxUnreadBytes = 4 * 1024 * 1024;
/** How much of an answer waits for the socket, however wide the caller's windows are. */
const enoughWaiting = 1024 * 1024;

/**
 * Frames written here, on their way to the caller. They go out between two of the runtime's, never inside one, and never
 * before the connection's first SETTINGS: a call can be refused sooner than the runtime has spoken.
 */
export class CallerOutput {
  readonly #socket: Socket;
  readonly #settings: CallerSettings;
  readonly #pings: PingDuty;
  readonly #out = new Outbox();
  #holding = false;
  #greeted = false;

  constructor(socket: Socket, settings: CallerSettings, pings: PingDuty) {
    this.#socket = socket;
    this.#settings = settings;
    this.#pings = pings;
  }

  /** Answers should wait for the socket's next drain. */
  get isFull(): boolean {
    return this.#socket.writableLength + this.#out.bytes >= enoughWaiting;
  }

  /** Whether the caller has had the SETTINGS that a connection begins with (RFC 9113 §3.4). */
  get hasGreeted(): boolean {
    return this.#greeted;
  }

  /** Those SETTINGS have been sent; everything kept back until then may follow. */
  greeted(): void {
    if (this.#greeted) return;
    this.#greeted = true;
    if (!this.#holding) this.flush();
  }

  add(frame: Buffer): void {
    this.#out.add(frame);
    if (!this.#holding) this.flush();
  }

  headers(stream: number, fields: readonly HeaderField[], end: boolean): void {
    this.#pings.answersHere();
    this.add(headerFrames(stream, Buffer.concat([this.#settings.blockPrefix, encodeBlock(fields)]), end));
  }

  data(header: Buffer, payload: Buffer): void {
    this.#pings.answersHere();
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
    if (this.#socket.writableLength + this.#out.bytes > maxUnreadBytes) this.#socket.destroy();
    else if (this.#greeted) this.#out.flushTo(this.#socket);
  }
}
