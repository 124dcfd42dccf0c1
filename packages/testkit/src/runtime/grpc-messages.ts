import type { Readable } from "node:stream";

const prefixBytes = 5;

/** The length-prefixed messages of one direction of a gRPC call, uncompressed. */
export class GrpcMessages implements AsyncIterable<Buffer> {
  readonly #source: Readable;

  constructor(source: Readable) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    let chunks: Buffer[] = [];
    let held = 0;
    let wanted = prefixBytes;
    for await (const chunk of this.#source as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      held += chunk.length;
      if (held < wanted) continue;
      let bytes = Buffer.concat(chunks);
      while (bytes.length >= prefixBytes) {
        wanted = prefixBytes + bytes.readUInt32BE(1);
        if (bytes.length < wanted) break;
        yield bytes.subarray(prefixBytes, wanted);
        bytes = bytes.subarray(wanted);
        wanted = prefixBytes;
      }
      chunks = [bytes];
      held = bytes.length;
    }
  }
}

export function grpcFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixBytes);
  return frame;
}

export async function allMessages(messages: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const all: Buffer[] = [];
  for await (const message of messages) all.push(message);
  return all;
}
