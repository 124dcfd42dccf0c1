import { errorCode, flag, frameHeaderBytes, frameType } from "./frame.ts";
import { ConnectionFault, type Frame } from "./frame-reader.ts";

/** More than any real header block; grpc-go and nghttp2 take 16 MiB and 64 KiB. */
const maxBlockBytes = 256 * 1024;
/** A block of that size needs 16. Empty CONTINUATION frames would otherwise go on for ever (CVE-2023-45288). */
const maxBlockFrames = 64;

/** A complete header block: the fragments of HEADERS and its CONTINUATION frames, padding and priority removed. */
export interface HeaderBlock {
  readonly stream: number;
  readonly endStream: boolean;
  readonly block: Buffer;
}

/** Puts header blocks together (RFC 9113 §6.2, §6.10). While one is open no other frame may come. */
export class HeaderBlockReader {
  #open: Frame | undefined;
  #fragments: Buffer[] = [];
  #bytes = 0;

  /** @returns the block when the frame completes it; "other" for a frame that is no part of one */
  take(frame: Frame): HeaderBlock | "incomplete" | "other" {
    if (this.#open === undefined) {
      if (frame.type !== frameType.headers) return "other";
      this.#open = frame;
      this.#add(withoutPaddingAndPriority(frame));
    } else {
      if (frame.type !== frameType.continuation || frame.stream !== this.#open.stream)
        throw protocolError("a header block is interrupted by another frame");
      this.#add(frame.bytes.subarray(frameHeaderBytes));
    }
    return (frame.flags & flag.endHeaders) === 0 ? "incomplete" : this.#complete(this.#open);
  }

  #add(fragment: Buffer): void {
    this.#bytes += fragment.length;
    if (this.#bytes > maxBlockBytes || this.#fragments.length >= maxBlockFrames)
      throw new ConnectionFault(errorCode.enhanceYourCalm, "a header block is too long");
    this.#fragments.push(fragment);
  }

  #complete(first: Frame): HeaderBlock {
    const block =
      this.#fragments.length === 1 ? (this.#fragments[0] as Buffer) : Buffer.concat(this.#fragments);
    this.#open = undefined;
    this.#fragments = [];
    this.#bytes = 0;
    return { stream: first.stream, endStream: (first.flags & flag.endStream) !== 0, block };
  }
}

/** The payload of a DATA or HEADERS frame without its padding. */
export function withoutPadding(frame: Frame): Buffer {
  if ((frame.flags & flag.padded) === 0) return frame.bytes.subarray(frameHeaderBytes);
  const padding = frame.bytes[frameHeaderBytes] ?? 0;
  const start = frameHeaderBytes + 1;
  if (frame.bytes.length < start + padding) throw protocolError("padding is longer than its frame");
  return frame.bytes.subarray(start, frame.bytes.length - padding);
}

function withoutPaddingAndPriority(frame: Frame): Buffer {
  const payload = withoutPadding(frame);
  if ((frame.flags & flag.priority) === 0) return payload;
  if (payload.length < 5) throw protocolError("a HEADERS frame is cut short");
  return payload.subarray(5);
}

function protocolError(message: string): ConnectionFault {
  return new ConnectionFault(errorCode.protocolError, message);
}
