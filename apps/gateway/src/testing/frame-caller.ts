import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  clientPreface,
  emptyFrame,
  flag,
  frameHeaderBytes,
  frameType,
  headerFrames,
} from "../relay/frame.ts";
import { type Frame, FrameReader } from "../relay/frame-reader.ts";
import { encodeBlock, type HeaderField, literalField } from "../relay/header-field.ts";
import { HpackDecoder } from "../relay/hpack-decoder.ts";

/** For tests: a caller that writes frames as it likes, and reads what comes back one by one. */
export class FrameCaller implements Disposable {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #decoder = new HpackDecoder();
  readonly #frames: Frame[] = [];
  readonly #closed: Promise<unknown>;
  #arrived: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.once("close", resolve));
    void this.#closed.then(() => this.#arrived?.());
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      this.#reader.push(chunk);
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next())
        this.#frames.push(frame);
      this.#arrived?.();
    });
  }

  /** Connects without a word. */
  static async connect(path: string): Promise<FrameCaller> {
    const socket = connect(path);
    await once(socket, "connect");
    return new FrameCaller(socket);
  }

  /** Connects and says what every client says first. */
  static async greet(path: string): Promise<FrameCaller> {
    const caller = await FrameCaller.connect(path);
    caller.write(clientPreface, emptyFrame(frameType.settings, 0, 0, 0));
    return caller;
  }

  write(...bytes: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(bytes));
  }

  /** Stops reading from the socket. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    this.#socket.resume();
  }

  /** Whether a frame that `wanted` accepts has come and was not asked for yet. */
  hasNext(wanted: (frame: Frame) => boolean): boolean {
    return this.#frames.some(wanted);
  }

  /** The next frame that `wanted` accepts; earlier others are dropped. @throws when the connection ends first */
  async next(wanted: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
        if (frame.type === frameType.headers) this.#headers.set(frame, this.#decode(frame));
        if (wanted(frame)) return frame;
      }
      if (this.#socket.destroyed) throw new Error("the connection ended before the frame came");
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }
  readonly #headers = new Map<Frame, ReadonlyMap<string, string>>();

  /** The next frame of a type on a stream. */
  nextOf(type: number, stream = 0): Promise<Frame> {
    return this.next((frame) => frame.type === type && frame.stream === stream);
  }

  /** The next header list on a stream. */
  async headersOn(stream: number): Promise<ReadonlyMap<string, string>> {
    const frame = await this.nextOf(frameType.headers, stream);
    return this.#headers.get(frame) as ReadonlyMap<string, string>;
  }

  /** The next header list, whichever stream it is on. */
  async nextHeaders(): Promise<{ readonly stream: number; readonly fields: ReadonlyMap<string, string> }> {
    const frame = await this.next(({ type }) => type === frameType.headers);
    return { stream: frame.stream, fields: this.#headers.get(frame) as ReadonlyMap<string, string> };
  }

  /** Settled when the other side has closed the connection. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  end(): void {
    this.#socket.end();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #decode(frame: Frame): ReadonlyMap<string, string> {
    const fields = this.#decoder.decode(frame.bytes.subarray(frameHeaderBytes));
    return new Map(fields.map(({ name, value }) => [name, value]));
  }
}

/** What a gRPC client sends for a call. */
export function requestFields(
  path: string,
  more: readonly (readonly [string, string])[] = [],
): readonly HeaderField[] {
  const fields = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ...more,
  ] as const;
  return fields.map(([name, value]) => literalField(name, value));
}

export function requestHeaders(stream: number, path: string, end = false): Buffer {
  return headerFrames(stream, encodeBlock(requestFields(path)), end);
}

export function frameOf(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const frame = emptyFrame(type, flags, stream, payload.length);
  frame.set(payload, frameHeaderBytes);
  return frame;
}

export function dataFrame(stream: number, payload: Uint8Array, end: boolean): Buffer {
  return frameOf(frameType.data, end ? flag.endStream : 0, stream, payload);
}
