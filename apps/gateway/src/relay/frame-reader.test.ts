import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { frameOf } from "../testing/frame-caller.ts";
import { headerFrames, maxFramePayload } from "./frame.ts";
import { type Frame, FrameReader } from "./frame-reader.ts";
import { type HeaderBlock, HeaderBlockReader } from "./header-block.ts";

const frames = fc.array(
  fc.record({
    type: fc.nat({ max: 255 }),
    flags: fc.nat({ max: 255 }),
    stream: fc.nat({ max: 0x7fff_ffff }),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 20 },
);

describe("FrameReader", () => {
  it("finds the same frames wherever the bytes are cut", () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (written, cuts) => {
        const bytes = Buffer.concat(
          written.map(({ type, flags, stream, payload }) => frameOf(type, flags, stream, payload)),
        );
        const reader = new FrameReader();
        const read: Frame[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const length = cuts[turn % cuts.length] as number;
          reader.push(Buffer.from(bytes.subarray(at, at + length)));
          at += length;
          for (let frame = reader.next(); frame !== undefined; frame = reader.next()) read.push(frame);
        }
        assert.deepEqual(
          read.map(({ type, flags, stream, bytes: whole }) => ({
            type,
            flags,
            stream,
            payload: [...whole.subarray(9)],
          })),
          written.map(({ payload, ...rest }) => ({ ...rest, payload: [...payload] })),
        );
      }),
    );
  });

  it("refuses a frame as soon as its length is known", () => {
    const reader = new FrameReader();
    const header = frameOf(0, 0, 1, Buffer.alloc(0));
    header.writeUIntBE(maxFramePayload + 1, 0, 3);
    reader.push(header);
    assert.throws(() => reader.next(), { name: "ConnectionFault", code: 6 });
  });
});

describe("headerFrames", () => {
  it("cuts a block into frames that HeaderBlockReader puts together again", () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.boolean(), (length, end) => {
        const block = Buffer.alloc(length, 0x2a);
        const reader = new FrameReader();
        const blocks = new HeaderBlockReader();
        reader.push(headerFrames(5, block, end));
        const read: (HeaderBlock | string)[] = [];
        for (let frame = reader.next(); frame !== undefined; frame = reader.next())
          read.push(blocks.take(frame));
        const whole = read.pop() as HeaderBlock;
        assert.ok(read.every((part) => part === "incomplete"));
        assert.deepEqual([whole.stream, whole.endStream, whole.block.equals(block)], [5, end, true]);
      }),
    );
  });
});
