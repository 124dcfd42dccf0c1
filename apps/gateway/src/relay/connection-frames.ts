import type { ConnectionState } from "./connection-state.ts";
import {
  clientPreface,
  defaultWindow,
  emptyFrame,
  errorCode,
  flag,
  frameHeaderBytes,
  frameType,
  max31,
  pingAck,
  windowUpdate,
} from "./frame.ts";
import { ConnectionFault, type Frame } from "./frame-reader.ts";
import { passedSettings, readSettings, settingsFrame } from "./settings.ts";

/**
 * The caller's frames that belong to no stream. While there is a runtime they are its to answer; while there is
 * none they are answered here, and {@link ConnectionFrames.introduce} later tells the runtime what it missed.
 */
export class ConnectionFrames {
  readonly #state: ConnectionState;
  #servedAlone = false;
  /** acknowledgements the caller owes for settings that were ours */
  #ownSettings = 0;
  /** acknowledgements the runtime owes for settings that the caller has had acknowledged before */
  #replayedSettings = 0;

  constructor(state: ConnectionState) {
    this.#state = state;
  }

  /** There is no runtime. What the caller says is answered here, until it is told to one. */
  serveAlone(): void {
    this.#servedAlone = true;
    this.greet();
  }

  /** The caller waits for a server's first frame, which is SETTINGS. Ours, if the runtime's have not come, are empty. */
  greet(): void {
    const { toCaller, caller } = this.#state;
    if (toCaller.hasGreeted || caller.destroyed) return;
    this.#ownSettings++;
    caller.write(emptyFrame(frameType.settings, 0, 0, 0));
    toCaller.greeted();
  }

  /** The first bytes a runtime gets, with all that a caller has said before it was there. */
  introduce(): void {
    const { toRuntime, settings, window } = this.#state;
    toRuntime.add(clientPreface);
    if (!this.#servedAlone || !settings.announced) return;
    toRuntime.add(settingsFrame(passedSettings(settings.all)));
    this.#replayedSettings++;
    if (window.credit > defaultWindow) toRuntime.add(windowUpdate(0, window.credit - defaultWindow));
  }

  /** @returns whether the runtime's acknowledgement is for settings that the caller still waits on */
  runtimeAcknowledges(): boolean {
    if (this.#replayedSettings > 0) {
      this.#replayedSettings--;
      return false;
    }
    this.#state.settings.acknowledged();
    return true;
  }

  /** @throws ConnectionFault */
  frame(frame: Frame): void {
    if (frame.stream !== 0)
      throw new ConnectionFault(errorCode.protocolError, `type ${frame.type} is no stream's frame`);
    const isAck = (frame.flags & flag.ack) !== 0;
    switch (frame.type) {
      case frameType.settings:
        if (isAck) this.#acknowledges(frame);
        else this.#announces(frame);
        return;
      case frameType.windowUpdate:
        this.#opensWindow(frame);
        return;
      case frameType.ping:
        this.#ping(frame, isAck);
        return;
      case frameType.goaway:
        if (frame.bytes.length < frameHeaderBytes + 8) throw wrongSize(frame);
        this.#pass(frame.bytes);
    }
  }

  #announces(frame: Frame): void {
    const { settings, streams, toCaller, link } = this.#state;
    const announced = readSettings(frame.bytes);
    const change = settings.announce(announced);
    if (change !== 0) for (const stream of streams.gated()) stream.writer.open(change);
    if (link !== undefined) {
      this.#pass(settingsFrame(passedSettings(announced)));
    } else {
      toCaller.add(emptyFrame(frameType.settings, flag.ack, 0, 0));
      settings.acknowledged();
    }
  }

  #acknowledges(frame: Frame): void {
    if (frame.bytes.length !== frameHeaderBytes) throw wrongSize(frame);
    if (this.#ownSettings > 0) this.#ownSettings--;
    else this.#pass(frame.bytes);
  }

  #ping(frame: Frame, isAck: boolean): void {
    if (frame.bytes.length !== frameHeaderBytes + 8) throw wrongSize(frame);
    const { link, pings, streams, toCaller } = this.#state;
    const isOurs = !isAck && (link === undefined || pings.isOurs(streams.allGated));
    if (isOurs) toCaller.add(pingAck(frame.bytes));
    else this.#pass(frame.bytes);
  }

  #opensWindow(frame: Frame): void {
    const { window, link, streams } = this.#state;
    const increment = frame.bytes.readUInt32BE(frameHeaderBytes) & max31;
    if (increment === 0) throw new ConnectionFault(errorCode.protocolError, "a window update by nothing");
    const wasShut = window.credit <= 0;
    const passed = window.open(increment);
    if (passed > 0) this.#pass(passed === increment ? frame.bytes : windowUpdate(0, passed));
    link?.callerOpenedWindow();
    // Nobody waits for a window that was open; a flood of updates must not cost a look at every call each.
    if (wasShut) for (const stream of streams.gated()) stream.writer.pump();
  }

  #pass(bytes: Buffer): void {
    if (this.#state.link !== undefined) this.#state.toRuntime.add(bytes);
  }
}

export function wrongSize(frame: Frame): ConnectionFault {
  return new ConnectionFault(errorCode.frameSizeError, `a frame of type ${frame.type} has the wrong size`);
}
