import { emptyFrame, errorCode, frameHeaderBytes, frameType, max31, maxFramePayload } from "./frame.ts";
import { ConnectionFault } from "./frame-reader.ts";

/** RFC 9113 §6.5.2, those that the relay cares about. */
export const setting = { headerTableSize: 1, initialWindowSize: 4, maxFrameSize: 5 } as const;

export type Settings = ReadonlyMap<number, number>;

/** More entries than anyone has settings for: a flood. */
const maxEntries = 64;

/** The entries of a SETTINGS frame in order, a later one of the same name replacing an earlier. */
export function readSettings(frame: Buffer): Settings {
  const payload = frame.length - frameHeaderBytes;
  if (payload % 6 !== 0) throw new ConnectionFault(errorCode.frameSizeError, "a SETTINGS frame is cut short");
  if (payload > maxEntries * 6)
    throw new ConnectionFault(errorCode.enhanceYourCalm, "a SETTINGS frame has too many entries");
  const settings = new Map<number, number>();
  for (let at = frameHeaderBytes; at < frame.length; at += 6) {
    const value = frame.readUInt32BE(at + 2);
    const name = frame.readUInt16BE(at);
    if (name === setting.initialWindowSize && value > max31)
      throw new ConnectionFault(errorCode.flowControlError, "a window that large does not exist");
    settings.set(name, value);
  }
  return settings;
}

export function settingsFrame(settings: Settings): Buffer {
  const frame = emptyFrame(frameType.settings, 0, 0, 6 * settings.size);
  let at = frameHeaderBytes;
  for (const [name, value] of settings) {
    frame.writeUInt16BE(name, at);
    frame.writeUInt32BE(value, at + 2);
    at += 6;
  }
  return frame;
}

/**
 * What one side's settings become for the other. Frames longer than the relay reads whole are not offered.
 */
export function passedSettings(settings: Settings): Settings {
  const passed = new Map(settings);
  const frameSize = passed.get(setting.maxFrameSize);
  if (frameSize !== undefined) passed.set(setting.maxFrameSize, Math.min(frameSize, maxFramePayload));
  return passed;
}

/**
 * The runtime's settings as the caller gets them. The caller's header blocks end at our decoder, whose table
 * keeps its default size whatever the runtime's own would allow.
 */
export function settingsForCaller(settings: Settings): Settings {
  const passed = new Map(passedSettings(settings));
  passed.delete(setting.headerTableSize);
  return passed;
}
