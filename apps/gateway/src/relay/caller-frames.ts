import type { CallOpener } from "./call-opener.ts";
import { type ConnectionFrames, wrongSize } from "./connection-frames.ts";
import type { ConnectionState } from "./connection-state.ts";
import {
  errorCode,
  flag,
  frameHeaderBytes,
  frameType,
  type Http2ErrorCode,
  max31,
  windowUpdate,
} from "./frame.ts";
import { ConnectionFault, type Frame } from "./frame-reader.ts";
import { HeaderBlockReader, withoutPadding } from "./header-block.ts";

/** Credit for DATA that ends here is given back in portions of this size, not in a frame each time. */
const creditPortion = 8192;

/** The way from the caller to the runtime, frame by frame. What is not header blocks passes as it came. */
export class CallerFrames {
  readonly #state: ConnectionState;
  readonly #opener: CallOpener;
  readonly #connection: ConnectionFrames;
  readonly #blocks = new HeaderBlockReader();
  #owedCredit = 0;
  #begun = false;

  constructor(state: ConnectionState, opener: CallOpener, connection: ConnectionFrames) {
    this.#state = state;
    this.#opener = opener;
    this.#connection = connection;
  }

  /** @throws ConnectionFault */
  frame(frame: Frame): void {
    if (!this.#begun && (frame.type !== frameType.settings || (frame.flags & flag.ack) !== 0))
      throw new ConnectionFault(errorCode.protocolError, "the connection does not begin with SETTINGS");
    this.#begun = true;
    const block = this.#blocks.take(frame);
    if (block === "other") this.#other(frame);
    else if (block !== "incomplete") this.#opener.headers(block);
  }

  #other(frame: Frame): void {
    switch (frame.type) {
      case frameType.data:
        this.#data(frame);
        return;
      case frameType.rstStream:
        this.#reset(frame);
        return;
      case frameType.windowUpdate:
        this.#windowUpdate(frame);
        return;
      case frameType.settings:
      case frameType.ping:
      case frameType.goaway:
        this.#connection.frame(frame);
        return;
      case frameType.pushPromise:
      case frameType.continuation:
        throw new ConnectionFault(errorCode.protocolError, `a frame of type ${frame.type} cannot come here`);
    }
    // PRIORITY and unknown frames concern one hop and may be ignored (RFC 9113 §5.3.2, §5.5).
  }

  #data(frame: Frame): void {
    const { streams, toRuntime, toCaller } = this.#state;
    const length = frame.bytes.length - frameHeaderBytes;
    const end = (frame.flags & flag.endStream) !== 0;
    const stream = streams.get(frame.stream);
    if (stream === undefined || stream.callerDone) {
      this.#requireUsed(frame.stream);
      this.#giveBack(length);
    } else if (stream.gated === undefined) {
      toRuntime.add(frame.bytes);
      if (end) streams.callerDone(frame.stream, stream);
    } else {
      this.#giveBack(length);
      if (!end && length > 0) toCaller.add(windowUpdate(frame.stream, length));
      if (end) stream.callerDone = true;
      stream.gated.data(withoutPadding(frame));
      if (end) stream.gated.end();
    }
  }

  #reset(frame: Frame): void {
    if (frame.bytes.length !== frameHeaderBytes + 4) throw wrongSize(frame);
    this.#requireUsed(frame.stream);
    const stream = this.#state.streams.get(frame.stream);
    if (stream === undefined) return;
    this.#opener.close(frame.stream, stream, frame.bytes.readUInt32BE(frameHeaderBytes) as Http2ErrorCode);
  }

  #windowUpdate(frame: Frame): void {
    if (frame.bytes.length !== frameHeaderBytes + 4) throw wrongSize(frame);
    if (frame.stream === 0) {
      this.#connection.frame(frame);
      return;
    }
    this.#requireUsed(frame.stream);
    const stream = this.#state.streams.get(frame.stream);
    if (stream === undefined) return;
    if (stream.gated === undefined) this.#state.toRuntime.add(frame.bytes);
    else stream.gated.writer.open(frame.bytes.readUInt32BE(frameHeaderBytes) & max31);
  }

  /** Frames for streams that have ended may still be on their way; for streams never begun they are an error. */
  #requireUsed(id: number): void {
    if (id === 0 || id % 2 === 0 || id > this.#state.streams.highest)
      throw new ConnectionFault(errorCode.protocolError, `stream ${id} was never begun`);
  }

  #giveBack(bytes: number): void {
    this.#owedCredit += bytes;
    if (this.#owedCredit < creditPortion) return;
    this.#state.toCaller.add(windowUpdate(0, this.#owedCredit));
    this.#owedCredit = 0;
  }
}
