import assert from "node:assert/strict";
import { clientPreface, emptyFrame, frameType, headerFrames } from "@countersign/gateway/relay/frame";
import { ConnectionFault } from "@countersign/gateway/relay/frame-reader";
import { encodeBlock, type HeaderField, literalField } from "@countersign/gateway/relay/header-field";
import { HpackDecoder } from "@countersign/gateway/relay/hpack-decoder";
import { readRequestHead } from "@countersign/gateway/relay/request-head";
import { mutateHpack } from "../mutate/hpack.ts";
import type { Mutate } from "../mutate/mutate.ts";
import { shapeOf } from "../outcome.ts";
import type { Target } from "../target.ts";
import { understand } from "./nghttp2.ts";

/**
 * Header blocks that a caller sends one after the other, a length of two octets before each. The relay passes them on
 * as they are, so whatever we read as a request nghttp2 must read as the same, and where its tables break ours do.
 */
export function openTarget(): Target {
  return { seeds, mutate, check };
}

const request = (path: string, more: readonly HeaderField[] = []) =>
  encodeBlock([
    ...[":method", "POST", ":scheme", "http", ":path", path, ":authority", "localhost"].flatMap(
      (name, at, all) => (at % 2 === 0 ? [literalField(name, all[at + 1] ?? "")] : []),
    ),
    literalField("te", "trailers"),
    ...more,
  ]);
const fromHex = (...blocks: readonly string[]) => joined(blocks.map((block) => Buffer.from(block, "hex")));

const seeds: readonly Buffer[] = [
  joined([request("/a/B"), request("/a/B", [literalField("x", "y", true)])]),
  // RFC 7541 C.3 and C.4
  fromHex(
    "828684410f7777772e6578616d706c652e636f6d",
    "828684be58086e6f2d6361636865",
    "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
  ),
  fromHex(
    "828684418cf1e3c2e5f23a6ba0ab90f4ff",
    "828684be5886a8eb10649cbf",
    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
  ),
  fromHex("3f00828684", "203fe11f828684410161", "8286840461626364"),
];

function joined(blocks: readonly Buffer[]): Buffer {
  return Buffer.concat(
    blocks.flatMap((block) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(block.length);
      return [length, block];
    }),
  );
}

const maxBlocks = 20;

function blocksIn(input: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at + 2 <= input.length && blocks.length < maxBlocks; ) {
    const end = at + 2 + input.readUInt16BE(at);
    blocks.push(input.subarray(at + 2, end));
    at = end;
  }
  return blocks;
}

const mutate: Mutate = (draw, input, other) => {
  const blocks = blocksIn(input);
  const at = draw.below(blocks.length);
  const block = blocks[at] ?? Buffer.alloc(0);
  const others = blocksIn(other);
  const donor = others[draw.below(others.length)] ?? block;
  const change = draw.one(["put in", "take out", ...(Array(8).fill("mutate") as string[])]);
  if (change === "put in") blocks.splice(at, 0, donor);
  else if (change === "take out") blocks.splice(at, 1);
  else blocks.splice(at, 1, mutateHpack(draw, block, donor).subarray(0, 16_000));
  return joined(blocks);
};

async function check(input: Uint8Array): Promise<string> {
  const blocks = blocksIn(Buffer.from(input));
  const decoder = new HpackDecoder();
  const lists: (readonly HeaderField[])[] = [];
  let fault: ConnectionFault | undefined;
  for (const block of blocks) {
    try {
      lists.push(decoder.decode(block));
    } catch (caught) {
      if (!(caught instanceof ConnectionFault)) throw caught;
      fault = caught;
      break;
    }
  }
  const frames = blocks.map((block, at) => headerFrames(2 * at + 1, block, true));
  const settings = emptyFrame(frameType.settings, 0, 0, 0);
  const theirs = await understand(Buffer.concat([clientPreface, settings, ...frames]));
  if (theirs.isCompressionBroken) assert.ok(fault !== undefined, "nghttp2's tables broke, ours did not");
  for (const [stream, read] of theirs.opened) {
    const ours = lists[(stream - 1) / 2];
    // What we refuse altogether reaches nobody.
    if (ours === undefined) continue;
    const head = readRequestHead(ours);
    if (head === undefined) continue;
    // It passes over a value with a blank at either end, which HTTP/2 does not allow; a gate does not depend on it.
    const fields = ours.filter(({ value }) => !/^[\t ]|[\t ]$/.test(value));
    assert.deepEqual(
      pairs(read),
      fields.map(({ name, value }) => [name, value]),
    );
  }
  const heads = lists.map((list) => (readRequestHead(list) === undefined ? "malformed" : "request"));
  return `${[...new Set(heads)].sort()} ${fault === undefined ? "" : shapeOf(fault.message)} ${theirs.isOver} ${Math.min(theirs.opened.size, 3)}`;
}

function pairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ""] as const] : []));
}
