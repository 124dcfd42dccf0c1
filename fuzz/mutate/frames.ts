import type { Draw } from "@countersign/testkit/random/draw";
import { mutateBytes } from "./bytes.ts";
import type { Mutate } from "./mutate.ts";

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/**
 * Accidents that happen to HTTP/2 frames: lost, doubled, cut in two, out of order, on other streams, with other flags.
 * @param preface what stands before them, and seldom changes
 * @param mutatePayload what happens to what is in them
 */
export function mutateFrames(preface: Buffer, mutatePayload: Mutate): Mutate {
  return (draw, input, other) => {
    const hasPreface = input.subarray(0, preface.length).equals(preface);
    if (draw.chance(0.05)) return mutateBytes(draw, input, other);
    const frames = readFrames(hasPreface ? input.subarray(preface.length) : input);
    const others = readFrames(other.subarray(other.indexOf(preface) + preface.length));
    changeFrames(draw, frames, others, mutatePayload);
    return Buffer.concat([
      ...(hasPreface ? [preface] : []),
      ...frames.map((frame) => writeFrame(draw, frame)),
    ]);
  };
}

function changeFrames(draw: Draw, frames: Frame[], others: readonly Frame[], mutatePayload: Mutate): void {
  const at = draw.below(frames.length);
  const frame = frames[at] ?? emptyFrame;
  const donor = others[draw.below(others.length)] ?? frame;
  const change = (changes: Partial<Frame>) => frames.splice(at, 1, { ...frame, ...changes });
  draw.one<() => unknown>([
    () => frames.splice(at, 1),
    () => frames.splice(at, 0, frame),
    () => frames.splice(at, 0, donor),
    () => frames.push(donor),
    () => frames.push(...frames.splice(at, 1)),
    () => change({ type: draw.below(12) }),
    () => change({ flags: draw.one([frame.flags ^ (1 << draw.below(6)), draw.below(256)]) }),
    () => change({ stream: draw.one([0, 1, 3, 5, 2, frame.stream + 2, 2 ** 31 - 1, 2 ** 32 - 1]) }),
    () => change({ payload: mutatePayload(draw, frame.payload, donor.payload) }),
    () => change({ payload: mutatePayload(draw, frame.payload, donor.payload) }),
    () => change({ payload: mutatePayload(draw, frame.payload, donor.payload) }),
    () => frames.splice(at, 1, ...inTwo(draw, frame)),
    () => change(padded(draw, frame)),
  ])();
}

const emptyFrame: Frame = { type: 0, flags: 0, stream: 1, payload: Buffer.alloc(0) };
const continuation = 9;
const flagBits = { endHeaders: 0x4, padded: 0x8 } as const;

/** The second part is a CONTINUATION, or another of the same. */
function inTwo(draw: Draw, frame: Frame): readonly [Frame, Frame] {
  const at = draw.below(frame.payload.length + 1);
  const type = draw.chance(0.7) ? continuation : frame.type;
  return [
    { ...frame, flags: frame.flags & ~flagBits.endHeaders, payload: frame.payload.subarray(0, at) },
    { ...frame, type, payload: frame.payload.subarray(at) },
  ];
}

function padded(draw: Draw, { flags, payload }: Frame): Partial<Frame> {
  const length = draw.one([0, 1, 7, payload.length, 255]);
  const padding = draw.chance(0.8) ? Buffer.alloc(length) : Buffer.alloc(0);
  return { flags: flags | flagBits.padded, payload: Buffer.concat([Buffer.of(length), payload, padding]) };
}

const headerBytes = 9;

/** As many as there are; what is left over becomes a frame of its own. */
function readFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  for (; at + headerBytes <= bytes.length; ) {
    const end = Math.min(bytes.length, at + headerBytes + bytes.readUIntBE(at, 3));
    frames.push({
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      stream: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + headerBytes, end),
    });
    at = end;
  }
  return frames;
}

function writeFrame(draw: Draw, { type, flags, stream, payload }: Frame): Buffer {
  const header = Buffer.alloc(headerBytes);
  const isLying = draw.chance(0.01);
  header.writeUIntBE(Math.min(payload.length + (isLying ? draw.below(5) : 0), 2 ** 24 - 1), 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([header, payload]);
}
