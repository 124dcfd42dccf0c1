import { errorCode, frameHeaderBytes, type Http2ErrorCode, maxFramePayload, payloadLength } from "./frame.ts";

/** One whole frame. `bytes` includes the nine-byte header and is a view of what was received. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly bytes: Buffer;
}

/** What one peer did that ends the connection (RFC 9113 §5.4.1). The message goes into GOAWAY's debug data. */
export class ConnectionFault extends Error {
  override readonly name = "ConnectionFault";
  readonly code: Http2ErrorCode;

  constructor(code: Http2ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Cuts a byte stream into frames, pulled one at a time so that the reader can stop between two. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  push(chunk: Buffer): void {
    const rest = this.#bytes.length - this.#at;
    this.#bytes = rest === 0 ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** The next `length` bytes as they are, or undefined while they are not all there. */
  take(length: number): Buffer | undefined {
    if (this.#bytes.length - this.#at < length) return undefined;
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  /** @throws ConnectionFault when a frame is longer than anyone was allowed to send */
  next(): Frame | undefined {
    const bytes = this.#bytes;
    const at = this.#at;
    if (bytes.length - at < frameHeaderBytes) return undefined;
    const length = payloadLength(bytes, at);
    if (length > maxFramePayload)
      throw new ConnectionFault(errorCode.frameSizeError, `a frame of ${length} bytes is too long`);
    const whole = this.take(frameHeaderBytes + length);
    if (whole === undefined) return undefined;
    return {
      type: whole[3] as number,
      flags: whole[4] as number,
      stream: whole.readUInt32BE(5) & 0x7fff_ffff,
      bytes: whole,
    };
  }
}
