import type { ConnectionState } from "./connection-state.ts";
import {
  dataHeader,
  errorCode,
  flag,
  frameHeaderBytes,
  frameType,
  max31,
  rstStream,
  streamId,
} from "./frame.ts";
import { Outbox } from "./outbox.ts";
import type { RuntimeFrames } from "./runtime-link.ts";
import { readSettings, setting, settingsForCaller, settingsFrame } from "./settings.ts";

/** What a connection hears of the runtime's frames. */
export interface AnswerEvents {
  /** the runtime acknowledges settings. @returns whether they were the caller's own */
  readonly settingsAcknowledged: () => boolean;
  /** some frames have been handed to the caller's socket */
  readonly handedOver: () => void;
  readonly lost: (reason: string) => void;
}

/** A DATA frame, or what is left of one, for which the caller's connection window has no room. */
interface WaitingData {
  readonly bytes: Buffer;
  readonly sent: number;
}

/** The way from the runtime to the caller. Header blocks pass as they came, so their compression stays in step. */
export class AnswerFrames implements RuntimeFrames {
  readonly #state: ConnectionState;
  readonly #events: AnswerEvents;
  readonly #out = new Outbox();
  #waiting: WaitingData | undefined;
  #settingsPassed = false;

  constructor(state: ConnectionState, events: AnswerEvents) {
    this.#state = state;
    this.#events = events;
  }

  frame(bytes: Buffer): boolean {
    const { streams, pings } = this.#state;
    switch (bytes[3]) {
      case frameType.data:
        pings.runtimeAnswers();
        return this.#data(bytes);
      case frameType.headers: {
        pings.runtimeAnswers();
        const stream = streams.get(streamId(bytes, 0));
        if (stream !== undefined) stream.answered = true;
        this.#noteEnd(bytes);
        break;
      }
      case frameType.rstStream:
        streams.close(streamId(bytes, 0));
        break;
      case frameType.settings:
        return this.#settings(bytes);
      case frameType.goaway:
        return this.#goaway(bytes);
      case frameType.pushPromise:
        throw new Error("it pushed a stream, which gRPC does not know");
    }
    this.#out.add(bytes);
    return true;
  }

  flush(written: () => void): boolean {
    const { caller } = this.#state;
    if (this.#out.isEmpty) return true;
    this.#out.flushTo(caller, written);
    if (this.#settingsPassed) this.#state.toCaller.greeted();
    this.#events.handedOver();
    // Nothing left means that the kernel has copied everything: the memory can be used again.
    return caller.writableLength === 0;
  }

  lost(reason: string): void {
    this.#events.lost(reason);
  }

  /** The caller has opened its window. @returns whether the runtime's frames can come again */
  windowOpened(): boolean {
    const waiting = this.#waiting;
    if (waiting === undefined) return false;
    this.#waiting = undefined;
    const proceed = this.#part(waiting);
    this.#out.flushTo(this.#state.caller);
    return proceed;
  }

  #data(bytes: Buffer): boolean {
    const length = bytes.length - frameHeaderBytes;
    if (length > this.#state.window.credit) return this.#part({ bytes: Buffer.from(bytes), sent: 0 });
    this.#state.window.spendByRuntime(length);
    this.#out.add(bytes);
    this.#noteEnd(bytes);
    return true;
  }

  /** Only answers given here can have used up what the runtime was promised. Sends as much as the caller takes. */
  #part({ bytes, sent }: WaitingData): boolean {
    const { window } = this.#state;
    const rest = bytes.subarray(frameHeaderBytes + sent);
    const padded = ((bytes[4] as number) & flag.padded) !== 0;
    const length =
      padded && window.credit < rest.length ? 0 : Math.min(rest.length, Math.max(0, window.credit));
    const whole = length === rest.length;
    window.spendByRuntime(length);
    if (whole && sent === 0) {
      this.#out.add(bytes);
    } else if (length > 0) {
      const end = whole && ((bytes[4] as number) & flag.endStream) !== 0;
      this.#out.add(dataHeader(streamId(bytes, 0), length, end));
      this.#out.add(rest.subarray(0, length));
    }
    if (whole) this.#noteEnd(bytes);
    else this.#waiting = { bytes, sent: sent + length };
    return whole;
  }

  #noteEnd(bytes: Buffer): void {
    if (((bytes[4] as number) & flag.endStream) === 0) return;
    const id = streamId(bytes, 0);
    const stream = this.#state.streams.get(id);
    if (stream !== undefined) this.#state.streams.runtimeDone(id, stream);
  }

  #settings(bytes: Buffer): boolean {
    const isAck = ((bytes[4] as number) & flag.ack) !== 0;
    if (isAck) {
      if (this.#events.settingsAcknowledged()) this.#out.add(bytes);
      return true;
    }
    const settings = readSettings(bytes);
    this.#state.runtimesInitialWindow =
      settings.get(setting.initialWindowSize) ?? this.#state.runtimesInitialWindow;
    this.#out.add(settingsFrame(settingsForCaller(settings)));
    this.#settingsPassed = true;
    return true;
  }

  /**
   * The caller would make calls again that come after the last one, so those that the gate has in hand must
   * not come after it; those that the runtime will not answer are then given back one by one.
   */
  #goaway(bytes: Buffer): boolean {
    const { streams } = this.#state;
    const runtimesLast = bytes.readUInt32BE(frameHeaderBytes) & max31;
    const last = Math.max(runtimesLast, streams.highestGated);
    const told = Buffer.from(bytes);
    told.writeUInt32BE(last, frameHeaderBytes);
    this.#out.add(told);
    for (const [id] of streams.passing()) {
      if (id <= runtimesLast) continue;
      streams.close(id);
      if (id <= last) this.#out.add(rstStream(id, errorCode.refusedStream));
    }
    this.#state.lastStream = Math.min(this.#state.lastStream, last);
    return true;
  }
}
