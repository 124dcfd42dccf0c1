import { deflateRawSync, deflateSync, inflateRawSync, inflateSync } from "node:zlib";
import type { Draw } from "@countersign/testkit/random/draw";
import { type Framing, packet, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import { mutateBytes } from "./bytes.ts";
import { drawRange, type Mutate } from "./mutate.ts";

interface Packet {
  readonly type: number;
  readonly body: Buffer;
  /** undefined: as gpg would */
  readonly framing: Framing | undefined;
}

/** Accidents that happen to OpenPGP: packets lost, doubled, moved, of other types and framings; their insides changed. */
export const mutateOpenPgp: Mutate = (draw, input, other) => {
  const packets = readPackets(input);
  if (packets === undefined || packets.length === 0 || draw.chance(0.08))
    return mutateBytes(draw, input, other);
  const at = draw.below(packets.length);
  const one = packets[at] as Packet;
  const donors = readPackets(other) ?? packets;
  const donor = donors[draw.below(donors.length)] ?? one;
  const change = (changes: Partial<Packet>) => packets.splice(at, 1, { ...one, ...changes });
  draw.one<() => unknown>([
    () => packets.splice(at, 1),
    () => packets.splice(at, 0, one),
    () => packets.splice(at, 0, donor),
    () => packets.push(donor),
    () => packets.push(...packets.splice(at, 1)),
    () => packets.splice(0, 0, ...packets.splice(at, 1)),
    () => change({ type: draw.one([tag.marker, ...Object.values(tag), draw.below(64)]) }),
    () => change({ framing: drawFraming(draw) }),
    () => change({ body: mutateBody(draw, one, donor) }),
    () => change({ body: mutateBody(draw, one, donor) }),
    () => change({ body: mutateBody(draw, one, donor) }),
    () => change({ body: mutateBody(draw, one, donor) }),
    () => {
      const [start, end] = drawRange(draw, packets.length);
      packets.splice(start, end - start, compressed(draw, writePackets(packets.slice(start, end))));
    },
  ])();
  return writePackets(packets);
};

function drawFraming(draw: Draw): Framing {
  return draw.one<Framing>([
    "new",
    "indeterminate",
    { old: 1 },
    { old: 2 },
    { old: 4 },
    { partial: 0 },
    { partial: 9 },
    { partial: 4 },
  ]);
}

function mutateBody(draw: Draw, one: Packet, donor: Packet): Buffer {
  if (one.type === tag.compressed) return recompressed(draw, one.body, donor.body);
  if (one.type === tag.signature && draw.chance(0.4)) return mutateSignature(draw, one.body);
  return mutateBytes(draw, one.body, donor.body);
}

/** Subpackets, put into one of its areas, whose length is made to fit or is not. */
function mutateSignature(draw: Draw, body: Buffer): Buffer {
  const hashed = body.length > 6 ? body.readUInt16BE(4) : 0;
  const start = draw.chance(0.5) ? 4 : 6 + hashed;
  if (start + 2 > body.length) return mutateBytes(draw, body, body);
  const length = body.readUInt16BE(start);
  const content = Buffer.of(
    draw.one([2, 3, 9, 11, 16, 20, 27, 28, 29, 32, 33, 100]) | draw.one([0, 0x80]),
    ...octets(draw),
  );
  const area = Buffer.concat([
    Buffer.of(content.length),
    content,
    draw.chance(0.7) ? body.subarray(start + 2, start + 2 + length) : Buffer.alloc(0),
  ]);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(Math.min(area.length + draw.one([0, 0, 0, 1]), 0xffff));
  return Buffer.concat([body.subarray(0, start), size, area, body.subarray(start + 2 + length)]);
}

function octets(draw: Draw): readonly number[] {
  return draw.several([0, 1, 2, 4, 0x20, 0x3f, 0x7f, 0x80, 0xff], 0, draw.one([1, 4, 8, 21]));
}

function recompressed(draw: Draw, body: Buffer, other: Buffer): Buffer {
  const content = decompressed(body);
  if (content === undefined || draw.chance(0.1)) return mutateBytes(draw, body, other);
  return compressed(draw, mutateOpenPgp(draw, content, decompressed(other) ?? content)).body;
}

function decompressed(body: Buffer): Buffer | undefined {
  const options = { maxOutputLength: 1 << 20 };
  try {
    if (body[0] === 1) return inflateRawSync(body.subarray(1), options);
    return body[0] === 2 ? inflateSync(body.subarray(1), options) : body.subarray(1);
  } catch {
    return undefined;
  }
}

function compressed(draw: Draw, content: Buffer): Packet {
  const method = draw.one([0, 1, 1, 2]);
  const packed =
    [() => content, () => deflateRawSync(content), () => deflateSync(content)][method]?.() ?? content;
  const framing = draw.one<Framing>(["indeterminate", "new", "indeterminate"]);
  return { type: tag.compressed, body: Buffer.concat([Buffer.of(method), packed]), framing };
}

/** Undefined if the bytes are not packets to the last one. */
function readPackets(bytes: Buffer): Packet[] | undefined {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length; ) {
    const head = bytes[at] as number;
    if (head < 0x80) return undefined;
    const isNew = (head & 0x40) !== 0;
    const length = isNew ? newLength(bytes, at + 1) : oldLength(bytes, at + 1, head & 3);
    if (length === undefined || length.start + length.size > bytes.length) return undefined;
    const end = length.start + length.size;
    packets.push({
      type: isNew ? head & 0x3f : (head >> 2) & 0xf,
      body: bytes.subarray(length.start, end),
      framing: !isNew && (head & 3) === 3 ? "indeterminate" : undefined,
    });
    at = end;
  }
  return packets;
}

function newLength(bytes: Buffer, at: number) {
  const [first, second = 0] = bytes.subarray(at, at + 2);
  if (first === undefined || (first >= 224 && first < 255)) return undefined;
  if (first < 192) return { start: at + 1, size: first };
  if (first < 224) return { start: at + 2, size: ((first - 192) << 8) + second + 192 };
  return at + 5 > bytes.length ? undefined : { start: at + 5, size: bytes.readUInt32BE(at + 1) };
}

function oldLength(bytes: Buffer, at: number, type: number) {
  if (type === 3) return { start: at, size: bytes.length - at };
  const octets = 2 ** type;
  return at + octets > bytes.length ? undefined : { start: at + octets, size: bytes.readUIntBE(at, octets) };
}

/** A type that the old format has no room for takes the new one. */
function writePackets(packets: readonly Packet[]): Buffer {
  return Buffer.concat(
    packets.map(({ type, body, framing }) => {
      const fits =
        framing === undefined ||
        framing === "new" ||
        (typeof framing === "object" && "partial" in framing) ||
        type < 16;
      return packet(type, body, fits ? lengthening(framing, body.length) : "new");
    }),
  );
}

/** A length that its octets cannot hold gets as many as it needs. */
function lengthening(framing: Framing | undefined, length: number): Framing | undefined {
  if (typeof framing !== "object" || !("old" in framing) || framing.old === "fewest") return framing;
  return length < 256 ** framing.old ? framing : { old: 4 };
}
