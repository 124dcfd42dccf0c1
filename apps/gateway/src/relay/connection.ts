import type { Socket } from "node:net";
import { type RpcStatus, rpcCode } from "../gate.ts";
import { AnswerFrames } from "./answer-frames.ts";
import { AnswerWriter } from "./answer-writer.ts";
import { CallOpener, type Taker } from "./call-opener.ts";
import { CallerFrames } from "./caller-frames.ts";
import { ConnectionFrames } from "./connection-frames.ts";
import { type ConnectionState, newConnectionState } from "./connection-state.ts";
import { clientPreface, errorCode, frameType, goaway, rstStream } from "./frame.ts";
import { ConnectionFault, type Frame, FrameReader } from "./frame-reader.ts";
import { GatedStream } from "./gated-stream.ts";
import type { HeldCalls } from "./held-calls.ts";
import type { RelayConfig } from "./relay-config.ts";
import type { RequestHead } from "./request-head.ts";
import { statusTrailers, trailersOnly } from "./rpc-trailers.ts";
import { RuntimeLink } from "./runtime-link.ts";
import { Standstill, standstillSeconds } from "./standstill.ts";

/**
 * One caller, and its own connection to the runtime.
 *
 * - connecting: the caller's bytes wait while the runtime's socket is tried
 * - passing: frames go both ways; SETTINGS, PING, GOAWAY and flow control are between caller and runtime
 * - alone: the runtime was not there. The connection is served here; every call first tries the runtime again,
 *   and is refused UNAVAILABLE when that fails. A success leads to passing, and the caller notices nothing
 * - leaving: the runtime went away, or we drain. No new call is looked at; the last one's end closes
 *
 * A runtime that went away never leads back to passing: the windows it granted are not those its successor
 * grants. The caller connects again, as every gRPC client does.
 */
export class Connection {
  /** settled when the caller's socket is closed */
  readonly closed: Promise<void>;
  readonly #config: RelayConfig;
  readonly #held: HeldCalls;
  readonly #state: ConnectionState;
  readonly #connectionFrames: ConnectionFrames;
  readonly #callerFrames: CallerFrames;
  readonly #reader = new FrameReader();
  /** HEADERS that wait for the runtime to be tried again */
  #pending: Frame | undefined;
  #unavailable: RpcStatus | undefined;
  readonly #unbegun = new Standstill();
  readonly #unread = new Standstill();
  #begun = false;
  #connecting = false;
  #leaving = false;
  /** nothing the caller says matters any more */
  #ended = false;

  constructor(caller: Socket, config: RelayConfig, held: HeldCalls) {
    this.#config = config;
    this.#held = held;
    this.#state = newConnectionState(caller);
    this.#connectionFrames = new ConnectionFrames(this.#state);
    const opener = new CallOpener(this.#state, (id, head) => this.#take(id, head));
    this.#callerFrames = new CallerFrames(this.#state, opener, this.#connectionFrames);
    this.closed = new Promise((resolve) => caller.once("close", () => resolve()));
  }

  start(): void {
    const { caller } = this.#state;
    caller.on("data", (chunk: Buffer) => {
      this.#reader.push(chunk);
      this.#work();
    });
    caller.on("drain", () => {
      for (const stream of this.#state.streams.gated()) stream.writer.pump();
      this.#goOn();
    });
    caller.on("end", () => this.destroy());
    caller.on("error", () => this.destroy());
    caller.on("close", () => this.destroy());
    void this.#connect();
  }

  /** No new calls; ends when those under way have. Streams that would never end are over now. */
  drain(): void {
    this.#guard(() => {
      this.#leave();
      this.#endEndless();
    });
  }

  /**
   * To be called every {@link lookEvery} milliseconds. A caller that does not take what waits for it, or never says what it
   * wants, is cut off: it holds memory here and a connection of the runtime's, and would hold them for ever. It may be idle
   * for as long as it likes.
   */
  look(): void {
    this.#guard(() => {
      const { caller, streams, link } = this.#state;
      const waits = caller.writableLength > 0 || link?.isHeld === true;
      if (this.#unbegun.look(!this.#begun, 0)) this.#cutOff("it has not begun to speak HTTP/2");
      else if (this.#unread.look(waits, caller.bytesWritten - caller.writableLength))
        this.#cutOff("it does not read what waits for it");
      else for (const stream of streams.gated()) stream.look();
    });
  }

  #cutOff(why: string): void {
    this.#config.report({ type: "callerFault", message: `${why} for ${standstillSeconds} seconds` });
    this.destroy();
  }

  destroy(): void {
    this.#end();
    this.#state.caller.destroy();
  }

  /** Never rejects: how it went is in the state's link and in `#unavailable`. */
  async #connect(): Promise<void> {
    const { caller } = this.#state;
    this.#connecting = true;
    caller.pause();
    const answers = new AnswerFrames(this.#state, {
      settingsAcknowledged: () => this.#connectionFrames.runtimeAcknowledges(),
      handedOver: () => {
        this.#goOn();
        this.#finishIfIdle();
      },
      lost: (reason) => this.#guard(() => this.#lost(reason)),
    });
    try {
      const link = await RuntimeLink.connect(this.#config.runtime.path, answers);
      link.socket.on("drain", () => this.#goOn());
      this.#config.report({ type: "runtimeReached" });
      if (this.#leaving) link.destroy();
      else this.#state.link = link;
    } catch (caught) {
      this.#missing(caught instanceof Error ? caught.message : String(caught));
    }
    this.#connecting = false;
    if (this.#state.link !== undefined) this.#connectionFrames.introduce();
    this.#work();
  }

  #missing(reason: string): void {
    const message = `container runtime ${this.#config.runtime.url} is unavailable: ${reason}`;
    this.#config.report({ type: "runtimeUnavailable", message });
    this.#unavailable = { code: rpcCode.unavailable, message };
    this.#connectionFrames.serveAlone();
  }

  #work(): void {
    const { toCaller, toRuntime } = this.#state;
    if (this.#ended) return;
    this.#guard(() => {
      toCaller.hold();
      while (!this.#connecting && !toCaller.isFull && this.#step());
      toCaller.flush();
      const { link } = this.#state;
      if (link === undefined) toRuntime.clear();
      else if (!toRuntime.isEmpty) toRuntime.flushTo(link.socket);
      if (this.#mayRead) this.#state.caller.resume();
      else this.#state.caller.pause();
      this.#finishIfIdle();
    });
  }

  /** Nobody is read from who does not read its answers, or for whose calls the runtime has no room. */
  get #mayRead(): boolean {
    const { toCaller, link } = this.#state;
    return !this.#connecting && !toCaller.isFull && link?.socket.writableNeedDrain !== true;
  }

  /** Something was in the way of the caller's frames, and may be no more. */
  #goOn(): void {
    if (this.#state.caller.isPaused() && this.#mayRead) this.#work();
  }

  /** @returns whether there may be more to do now */
  #step(): boolean {
    if (!this.#begun) return this.#begin();
    const retried = this.#pending;
    this.#pending = undefined;
    const frame = retried ?? this.#reader.next();
    if (frame === undefined) return false;
    const opensCall = frame.type === frameType.headers && !this.#leaving;
    if (opensCall && this.#state.link === undefined && retried === undefined) {
      this.#pending = frame;
      void this.#connect();
      return false;
    }
    this.#callerFrames.frame(frame);
    return true;
  }

  #begin(): boolean {
    const preface = this.#reader.take(clientPreface.length);
    if (preface === undefined) return false;
    if (!preface.equals(clientPreface))
      throw new ConnectionFault(errorCode.protocolError, "this is not HTTP/2");
    this.#begun = true;
    return true;
  }

  #take(id: number, head: RequestHead): Taker {
    const { link, settings, window, toCaller, streams } = this.#state;
    const { gate, serves, forwarder, report } = this.#config;
    if (!serves(head.path)) return { type: "nobody", status: unknownService(head.path) };
    if (link === undefined) return { type: "nobody", status: this.#unavailable as RpcStatus };
    if (!gate.paths.has(head.path)) return { type: "runtime" };
    const writer = new AnswerWriter(id, settings.initialWindow, window, toCaller);
    const stream = new GatedStream(head, writer, {
      gate,
      forwarder,
      held: this.#held,
      gateFailed: (path, error) => report({ type: "gateFailed", path, error }),
      done: () => {
        streams.close(id);
        this.#finishIfIdle();
      },
    });
    return { type: "gate", stream };
  }

  /** Every call that waits for the runtime is told so, then the caller is asked to connect again. */
  #lost(reason: string): void {
    const { caller, streams, toCaller, toRuntime } = this.#state;
    this.#state.link = undefined;
    toRuntime.clear();
    if (caller.destroyed) return;
    const message = `container runtime ${this.#config.runtime.url} went away: ${reason}`;
    const status: RpcStatus = { code: rpcCode.unavailable, message };
    this.#unavailable = status;
    if (!this.#leaving) this.#config.report({ type: "runtimeUnavailable", message });
    this.#connectionFrames.greet();
    toCaller.hold();
    for (const [id, stream] of streams.passing()) {
      streams.close(id);
      if (stream.runtimeDone) continue;
      toCaller.headers(id, stream.answered ? statusTrailers(status) : trailersOnly(status), true);
      if (!stream.callerDone) toCaller.add(rstStream(id, errorCode.noError));
    }
    this.#leave();
    this.#goOn();
  }

  #leave(): void {
    const { streams, toCaller } = this.#state;
    this.#connectionFrames.greet();
    if (!this.#leaving) {
      this.#leaving = true;
      this.#state.lastStream = Math.min(this.#state.lastStream, streams.highest);
      toCaller.add(goaway(this.#state.lastStream, errorCode.noError));
    }
    toCaller.flush();
    this.#finishIfIdle();
  }

  /**
   * As refused rather than cancelled: a client that has had nothing of the answer yet opens it anew by itself (gRPC
   * A6, transparent retries), and one that has sees UNAVAILABLE. A kubelet counts the latter, and gives up events for
   * good after a few.
   */
  #endEndless(): void {
    const { streams, toCaller, toRuntime, link } = this.#state;
    for (const [id, stream] of streams.passing()) {
      if (!stream.endless) continue;
      streams.close(id);
      toCaller.add(rstStream(id, errorCode.refusedStream));
      toRuntime.add(rstStream(id, errorCode.cancel));
    }
    if (link !== undefined) toRuntime.flushTo(link.socket);
    this.#finishIfIdle();
  }

  #finishIfIdle(): void {
    const { caller, streams, toCaller, link } = this.#state;
    if (!this.#leaving || streams.size > 0 || caller.destroyed) return;
    toCaller.flush();
    link?.destroy();
    caller.destroySoon();
  }

  /** What a caller does wrong ends its own connection, with the reason in GOAWAY, and nobody else's. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (caught) {
      const { caller, streams } = this.#state;
      const fault =
        caught instanceof ConnectionFault
          ? caught
          : new ConnectionFault(errorCode.internalError, `unexpected: ${String(caught)}`);
      this.#config.report({ type: "callerFault", message: fault.message });
      this.#connectionFrames.greet();
      if (!caller.destroyed) caller.write(goaway(streams.highest, fault.code, fault.message));
      this.#end();
      caller.destroySoon();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#leaving = true;
    this.#state.link?.destroy();
    for (const stream of this.#state.streams.gated()) stream.cancel();
  }
}

/** In grpc-go's words: clients that find a service missing look for an older or newer one. */
function unknownService(path: string): RpcStatus {
  const service = path.slice(1, path.lastIndexOf("/"));
  return { code: rpcCode.unimplemented, message: `unknown service ${service}` };
}
