import type { Socket } from "node:net";
import { type RpcStatus, rpcCode } from "../gate.ts";
import { AnswerFrames } from "./answer-frames.ts";
import { CallOpener } from "./call-opener.ts";
import { CallTaker } from "./call-taker.ts";
import { CallerFrames } from "./caller-frames.ts";
import { CallerWatch } from "./caller-watch.ts";
import { ConnectionFrames } from "./connection-frames.ts";
import { type ConnectionState, newConnectionState } from "./connection-state.ts";
import { Departure } from "./departure.ts";
import { clientPreface, errorCode, frameType, goaway, rstStream } from "./frame.ts";
import { ConnectionFault, type Frame, FrameReader } from "./frame-reader.ts";
import type { HeldCalls } from "./held-calls.ts";
import type { RelayConfig } from "./relay-config.ts";
import { statusTrailers, trailersOnly } from "./rpc-trailers.ts";
import { RuntimeLink } from "./runtime-link.ts";

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
  readonly #state: ConnectionState;
  readonly #connectionFrames: ConnectionFrames;
  readonly #callerFrames: CallerFrames;
  readonly #watch: CallerWatch;
  readonly #departure: Departure;
  readonly #reader = new FrameReader();
  /** HEADERS that wait for the runtime to be tried again */
  #pending: Frame | undefined;
  #unavailable: RpcStatus | undefined;
  #begun = false;
  #connecting = false;
  /** nothing the caller says matters any more */
  #ended = false;

  constructor(caller: Socket, config: RelayConfig, held: HeldCalls) {
    this.#config = config;
    this.#state = newConnectionState(caller);
    this.#connectionFrames = new ConnectionFrames(this.#state);
    const taker = new CallTaker(this.#state, config, held, () => this.#departure.finishIfIdle());
    const opener = new CallOpener(this.#state, (id, head) => taker.take(id, head, this.#unavailable));
    this.#callerFrames = new CallerFrames(this.#state, opener, this.#connectionFrames);
    this.#watch = new CallerWatch(this.#state);
    this.#departure = new Departure(this.#state, this.#connectionFrames);
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
      this.#departure.begin();
      this.#departure.endEndless();
    });
  }

  /** To be called every {@link lookEvery} milliseconds. */
  look(): void {
    this.#guard(() => {
      const message = this.#watch.look(this.#begun);
      if (message === undefined) return;
      this.#config.report({ type: "callerFault", message });
      this.destroy();
    });
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
        this.#departure.finishIfIdle();
      },
      lost: (reason) => this.#guard(() => this.#lost(reason)),
    });
    try {
      const link = await RuntimeLink.connect(this.#config.runtime.path, answers);
      link.socket.on("drain", () => this.#goOn());
      this.#config.report({ type: "runtimeReached" });
      if (this.#departure.hasBegun) link.destroy();
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
      this.#departure.finishIfIdle();
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
    const opensCall = frame.type === frameType.headers && !this.#departure.hasBegun;
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

  /** Every call that waits for the runtime is told so, then the caller is asked to connect again. */
  #lost(reason: string): void {
    const { caller, streams, toCaller, toRuntime } = this.#state;
    this.#state.link = undefined;
    toRuntime.clear();
    if (caller.destroyed) return;
    const message = `container runtime ${this.#config.runtime.url} went away: ${reason}`;
    const status: RpcStatus = { code: rpcCode.unavailable, message };
    this.#unavailable = status;
    if (!this.#departure.hasBegun) this.#config.report({ type: "runtimeUnavailable", message });
    this.#connectionFrames.greet();
    toCaller.hold();
    for (const [id, stream] of streams.passing()) {
      streams.close(id);
      if (stream.runtimeDone) continue;
      toCaller.headers(id, stream.answered ? statusTrailers(status) : trailersOnly(status), true);
      if (!stream.callerDone) toCaller.add(rstStream(id, errorCode.noError));
    }
    this.#departure.begin();
    this.#goOn();
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
    this.#departure.beginAtOnce();
    this.#state.link?.destroy();
    for (const stream of this.#state.streams.gated()) stream.cancel();
  }
}
