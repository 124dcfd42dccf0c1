import type { Draw } from "@countersign/testkit/random/draw";
import { mutateBytes } from "./bytes.ts";
import { drawRange, type Mutate } from "./mutate.ts";

/** Accidents that happen to header blocks: other indexes and sizes, integers too long, strings that end elsewhere. */
export const mutateHpack: Mutate = (draw, input, other) => {
  if (draw.chance(0.4)) return mutateBytes(draw, input, other);
  const [start, end] = drawRange(draw, input.length, 4);
  const piece = drawPiece(draw);
  return Buffer.concat([input.subarray(0, start), piece, input.subarray(draw.chance(0.5) ? start : end)]);
};

function drawPiece(draw: Draw): Buffer {
  return draw.one<() => Buffer>([
    () => writeInteger(draw, 7, 0x80, draw.one([0, 1, 2, 8, 61, 62, 63, 64, 70, 200])),
    () => writeInteger(draw, 5, 0x20, draw.one([0, 1, 31, 32, 64, 4096, 4097, 2 ** 31])),
    () =>
      Buffer.concat([
        writeInteger(
          draw,
          draw.one([6, 4, 4]),
          draw.one([0x40, 0x00, 0x10]),
          draw.one([0, 0, 1, 4, 61, 62, 65]),
        ),
        drawString(draw),
        ...(draw.chance(0.7) ? [drawString(draw)] : []),
      ]),
    () => drawString(draw),
  ])();
}

const texts: readonly [string, ...string[]] = [
  ...([":path", ":method", "te", "a", "A", "", "grpc-timeout", "connection", "x-bin"] as const),
  ...[
    "/runtime.v1.ImageService/PullImage",
    "/runtime.v1.RuntimeService/Version",
    "a\r\nb",
    "\0",
    "é",
    "v".repeat(130),
  ],
];

/** Plain, or claiming to be in Huffman code, which any bytes may or may not be. */
function drawString(draw: Draw): Buffer {
  const bytes = draw.chance(0.7)
    ? Buffer.from(draw.one(texts), "latin1")
    : Buffer.from(
        draw.one(["1f", "ff", "ffffffff", "1d7f", "f8", "3fffffff", "a8eb10649cbf", "aec3771a4b"]),
        "hex",
      );
  const isHuffman = draw.chance(0.3);
  return Buffer.concat([
    writeInteger(draw, 7, isHuffman ? 0x80 : 0, bytes.length + (draw.chance(0.05) ? 1 : 0)),
    bytes,
  ]);
}

/** RFC 7541 §5.1; seldom with octets that say nothing. */
function writeInteger(draw: Draw, prefixBits: number, flags: number, value: number): Buffer {
  const mask = 2 ** prefixBits - 1;
  if (value < mask) return Buffer.of(flags | value);
  const octets = [flags | mask];
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80);
  if (draw.chance(0.05)) octets.push(rest | 0x80, 0x80, 0);
  else octets.push(rest);
  return Buffer.from(octets);
}
