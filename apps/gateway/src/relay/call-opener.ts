import { type RpcStatus, rpcCode } from "../gate.ts";
import { tableSizeUpdate } from "./caller-settings.ts";
import type { ConnectionState } from "./connection-state.ts";
import { isEndless } from "./endless-streams.ts";
import {
  defaultWindow,
  errorCode,
  type Http2ErrorCode,
  headerFrames,
  rstStream,
  windowUpdate,
} from "./frame.ts";
import { ConnectionFault } from "./frame-reader.ts";
import type { GatedStream } from "./gated-stream.ts";
import type { HeaderBlock } from "./header-block.ts";
import { encodeBlock, type HeaderField } from "./header-field.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import { isTrailerList, type RequestHead, readRequestHead } from "./request-head.ts";
import { trailersOnly } from "./rpc-trailers.ts";
import type { Stream } from "./stream-table.ts";

/** Who takes a call: the runtime, the gate, or nobody and why. */
export type Taker =
  | { readonly type: "runtime" }
  | { readonly type: "gate"; readonly stream: GatedStream }
  | { readonly type: "nobody"; readonly status: RpcStatus };

/**
 * Opens calls. A caller's header blocks are decoded, checked and written anew without compression state: the
 * runtime gets exactly what was read here, and a call that it must not see leaves no trace in its tables.
 */
export class CallOpener {
  readonly #state: ConnectionState;
  readonly #take: (id: number, head: RequestHead) => Taker;
  readonly #decoder = new HpackDecoder();
  #runtimeIsNew = true;

  constructor(state: ConnectionState, take: (id: number, head: RequestHead) => Taker) {
    this.#state = state;
    this.#take = take;
  }

  /** @throws ConnectionFault */
  headers({ stream: id, endStream, block }: HeaderBlock): void {
    // Even a block that nobody wants moves the decoder's table.
    const fields = this.#decoder.decode(block);
    const { streams } = this.#state;
    const stream = streams.get(id);
    if (stream !== undefined) {
      this.#trailers(id, stream, endStream, fields);
      return;
    }
    if (id % 2 === 0) throw new ConnectionFault(errorCode.protocolError, `stream ${id} is not a caller's`);
    const isNew = id > streams.highest && id <= this.#state.lastStream;
    streams.use(id);
    if (isNew) this.#open(id, fields, endStream);
  }

  #open(id: number, fields: readonly HeaderField[], endStream: boolean): void {
    const { streams, toCaller } = this.#state;
    const head = readRequestHead(fields);
    if (head === undefined || streams.isFull) {
      toCaller.add(rstStream(id, head === undefined ? errorCode.protocolError : errorCode.refusedStream));
      return;
    }
    const taker = malformedPath(head.path) ?? this.#take(id, head);
    switch (taker.type) {
      case "nobody":
        toCaller.headers(id, trailersOnly(taker.status), true);
        if (!endStream) toCaller.add(rstStream(id, errorCode.noError));
        return;
      case "gate":
        streams.open(id, taker.stream, endStream);
        // A runtime that opens each window by hand will not open this one.
        if (!endStream && this.#state.runtimesInitialWindow < defaultWindow)
          toCaller.add(windowUpdate(id, defaultWindow - this.#state.runtimesInitialWindow));
        taker.stream.open();
        if (endStream) taker.stream.end();
        return;
      case "runtime":
        streams.openToRuntime(id, isEndless(head.path), endStream);
        this.#pass(id, fields, endStream);
    }
  }

  /** A second header list ends the request, or is malformed; it never changes which call this is. */
  #trailers(id: number, stream: Stream, endStream: boolean, fields: readonly HeaderField[]): void {
    if (!endStream || stream.callerDone || !isTrailerList(fields)) {
      this.close(id, stream, errorCode.protocolError);
      this.#state.toCaller.add(rstStream(id, errorCode.protocolError));
    } else if (stream.gated !== undefined) {
      stream.gated.refuseTrailers();
    } else {
      this.#pass(id, fields, true);
      this.#state.streams.callerDone(id, stream);
    }
  }

  /** The caller's side of the stream is over before its time. */
  close(id: number, stream: Stream, code: Http2ErrorCode): void {
    this.#state.streams.close(id);
    if (stream.gated === undefined) this.#state.toRuntime.add(rstStream(id, code));
    else stream.gated.cancel();
  }

  /** The first block says that no table is used, whatever size the runtime allows (RFC 7541 §4.2). */
  #pass(id: number, fields: readonly HeaderField[], endStream: boolean): void {
    const encoded = encodeBlock(fields);
    const block = this.#runtimeIsNew ? Buffer.concat([tableSizeUpdate(0), encoded]) : encoded;
    this.#runtimeIsNew = false;
    this.#state.toRuntime.add(headerFrames(id, block, endStream));
  }
}

/** grpc-go takes a name without its slash for the same method, so an exact comparison would not see it. */
function malformedPath(path: string): Taker | undefined {
  if (path.startsWith("/")) return undefined;
  const message = `malformed method name: ${JSON.stringify(path)}`;
  return { type: "nobody", status: { code: rpcCode.unimplemented, message } };
}
