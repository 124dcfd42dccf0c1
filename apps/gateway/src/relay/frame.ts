/** HTTP/2's frame layout (RFC 9113 §4.1 and §6), and the few frames the relay writes itself. */

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags share bits: what bit 0 means depends on the frame's type. */
export const flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** RFC 9113 §7. */
export const errorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;

export type Http2ErrorCode = (typeof errorCode)[keyof typeof errorCode];

export const frameHeaderBytes = 9;
/** A window or stream id is a 31-bit number; the highest bit is reserved and ignored. */
export const max31 = 0x7fff_ffff;
/** RFC 9113 §6.9.2: what every window holds before anyone said otherwise. */
export const defaultWindow = 65_535;
/** The smallest SETTINGS_MAX_FRAME_SIZE a peer may have, so always allowed to us. */
export const defaultMaxFrame = 16_384;
/**
 * The largest payload the relay takes from either side. Peers that offer more are told this instead, so one
 * frame always fits the read buffer and is forwarded whole or not at all.
 */
export const maxFramePayload = 65_536;

export const clientPreface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** Reads what a frame's first nine bytes say; the caller made sure that they are there. */
export function payloadLength(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
}

export function streamId(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + 5) & max31;
}

/** A frame with an empty payload of the given size, to be filled from byte 9 on. */
export function emptyFrame(type: number, flags: number, stream: number, payloadBytes: number): Buffer {
  const frame = Buffer.alloc(frameHeaderBytes + payloadBytes);
  frame.writeUIntBE(payloadBytes, 0, 3);
  frame[3] = type;
  frame[4] = flags;
  frame.writeUInt32BE(stream, 5);
  return frame;
}

export function windowUpdate(stream: number, increment: number): Buffer {
  const frame = emptyFrame(frameType.windowUpdate, 0, stream, 4);
  frame.writeUInt32BE(increment, frameHeaderBytes);
  return frame;
}

export function rstStream(stream: number, code: Http2ErrorCode): Buffer {
  const frame = emptyFrame(frameType.rstStream, 0, stream, 4);
  frame.writeUInt32BE(code, frameHeaderBytes);
  return frame;
}

/** `reason` is debug data: for whoever reads the peer's log. */
export function goaway(lastStream: number, code: Http2ErrorCode, reason = ""): Buffer {
  const debug = Buffer.from(reason, "utf8");
  const frame = emptyFrame(frameType.goaway, 0, 0, 8 + debug.length);
  frame.writeUInt32BE(lastStream, frameHeaderBytes);
  frame.writeUInt32BE(code, frameHeaderBytes + 4);
  debug.copy(frame, frameHeaderBytes + 8);
  return frame;
}

export function pingAck(ping: Buffer): Buffer {
  const frame = Buffer.from(ping);
  frame[4] = flag.ack;
  return frame;
}

/** A header block as one HEADERS frame and, if it is long, CONTINUATION frames. */
export function headerFrames(stream: number, block: Buffer, endStream: boolean): Buffer {
  const frames: Buffer[] = [];
  let at = 0;
  do {
    const part = block.subarray(at, at + defaultMaxFrame);
    const first = at === 0;
    at += part.length;
    const flags = (at === block.length ? flag.endHeaders : 0) | (first && endStream ? flag.endStream : 0);
    const type = first ? frameType.headers : frameType.continuation;
    frames.push(emptyFrame(type, flags, stream, 0), part);
    frames.at(-2)?.writeUIntBE(part.length, 0, 3);
  } while (at < block.length);
  return Buffer.concat(frames);
}

/** The header of a DATA frame whose payload is sent beside it. */
export function dataHeader(stream: number, length: number, endStream: boolean): Buffer {
  const header = emptyFrame(frameType.data, endStream ? flag.endStream : 0, stream, 0);
  header.writeUIntBE(length, 0, 3);
  return header;
}
