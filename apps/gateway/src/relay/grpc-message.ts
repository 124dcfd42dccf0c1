import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type RpcStatus, rpcCode } from "../gate.ts";

/** kubelet and containerd both refuse more (their grpc_max_recv_msg_size), so nothing larger is meant seriously. */
export const maxMessageBytes = 16 * 1024 * 1024;

const prefixBytes = 5;

/** Collects the one length-prefixed message of a unary request (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export class MessageCollector {
  /** Grows by doubling: a list of pieces would cost a hundred times what a caller sends who sends single bytes. */
  #bytes: Buffer = Buffer.alloc(0);
  #held = 0;

  /** @returns why the call cannot go on, as soon as that is clear */
  push(bytes: Uint8Array): RpcStatus | undefined {
    if (bytes.length === 0) return undefined;
    this.#makeRoom(this.#held + bytes.length);
    this.#bytes.set(bytes, this.#held);
    this.#held += bytes.length;
    if (this.#held < prefixBytes) return undefined;
    const length = this.#bytes.readUInt32BE(1);
    if (length > maxMessageBytes) return tooLarge(length);
    if (this.#held > prefixBytes + length)
      return { code: rpcCode.internal, message: "the request carries more than one message" };
    return undefined;
  }

  /** The request's body exactly as sent, once it has ended. */
  body(): Buffer {
    return this.#bytes.subarray(0, this.#held);
  }

  #makeRoom(needed: number): void {
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#held);
    this.#bytes = larger;
  }
}

export type ReadMessage =
  | { readonly type: "message"; readonly message: Uint8Array }
  | { readonly type: "refused"; readonly status: RpcStatus };

const inflate = promisify(gunzip);

/**
 * The message in a request's whole body, decompressed when its prefix says that it is compressed.
 * `encodings` are all values of grpc-encoding.
 */
export async function readMessage(body: Buffer, encodings: readonly string[]): Promise<ReadMessage> {
  if (body.length < prefixBytes || body.readUInt32BE(1) !== body.length - prefixBytes)
    return refused(rpcCode.internal, "the request carries no whole message");
  const message = body.subarray(prefixBytes);
  if (body[0] === 0) return { type: "message", message };
  if (body[0] !== 1)
    return refused(rpcCode.internal, "the request's message has an unknown compression flag");
  if (encodings.length !== 1 || encodings[0] !== "gzip")
    return refused(
      rpcCode.unimplemented,
      `the request is compressed with ${JSON.stringify(encodings.join(","))}; only gzip is understood here`,
    );
  try {
    return { type: "message", message: await inflate(message, { maxOutputLength: maxMessageBytes }) };
  } catch (caught) {
    if (caught instanceof RangeError) return { type: "refused", status: tooLarge() };
    return refused(rpcCode.internal, "the request's message is not the gzip it claims to be");
  }
}

/** A message as gRPC frames it: not compressed, its length, itself. */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, prefixBytes);
  return framed;
}

function refused(code: number, message: string): ReadMessage {
  return { type: "refused", status: { code, message } };
}

function tooLarge(length?: number): RpcStatus {
  const what = length === undefined ? "the request's message" : `the request's message of ${length} bytes`;
  return { code: rpcCode.resourceExhausted, message: `${what} is larger than ${maxMessageBytes} bytes` };
}
