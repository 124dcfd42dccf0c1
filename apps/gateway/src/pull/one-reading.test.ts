import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { PullImageRequestSchema } from "@countersign/sources/cri/generated/cri_pb";
import fc from "fast-check";
import { requireOneReading } from "./one-reading.ts";

const good = "registry.example/good:v1";
const evil = "registry.example/evil:v1";

/** A tag, and what comes after it exactly as given. */
function field(number: number, wireType: WireType, ...rest: readonly Uint8Array[]): Buffer {
  return Buffer.concat([varint(number * 8 + wireType), ...rest]);
}

function sized(number: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return field(number, WireType.LengthDelimited, varint(content.length), content);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}

const imageName = 1;
const runtimeHandler = 19;
const hidden = sized(imageName, evil);
const spec = (...parts: readonly Uint8Array[]) => sized(1, sized(imageName, good), ...parts);
const nowhere = 4242;

const check = (bytes: Uint8Array) => requireOneReading(PullImageRequestSchema, bytes);

describe("requireOneReading refuses", () => {
  const messages: Readonly<Record<string, Uint8Array>> = {
    "an image in a text that an older runtime takes for a number and then goes on reading": spec(
      field(runtimeHandler, WireType.Varint, varint(hidden.length), hidden),
    ),
    "an image in a message that others take for a number": Buffer.concat([
      spec(),
      field(2, WireType.Varint, varint(hidden.length + 2), sized(1, hidden)),
    ]),
    "a text that others take for eight bytes": spec(field(runtimeHandler, WireType.Bit64, Buffer.alloc(8))),
    "a text that others take for four bytes": spec(field(runtimeHandler, WireType.Bit32, Buffer.alloc(4))),
    "a number that others take for a text": sized(3, sized(1, sized(4, "x"))),
    "more fields than anyone means": Buffer.concat([spec(), Buffer.alloc(2 * 100_000, sized(9))]),
    "more fields in parts": spec(Buffer.alloc(4 * 100_000, sized(2, sized(1)))),
    "a field without a number": Buffer.concat([spec(), sized(0, "x")]),
    "a group": Buffer.concat([
      spec(),
      field(nowhere, WireType.StartGroup, field(nowhere, WireType.EndGroup)),
    ]),
    "the end of a group": Buffer.concat([spec(), field(nowhere, WireType.EndGroup)]),
    "a map's entry with more than key and value": spec(sized(2, sized(1, "k"), sized(2, "v"), sized(3, "x"))),
    "a map's key that others take for a number": spec(sized(2, field(1, WireType.Varint, varint(1)))),
    "a text that ends after its message": spec(field(runtimeHandler, WireType.LengthDelimited, varint(1))),
    "a message that ends after the whole": field(1, WireType.LengthDelimited, varint(5), sized(1, "a")),
    "a length of more than 32 bits": spec(
      field(runtimeHandler, WireType.LengthDelimited, varint(2 ** 32 + 1), Buffer.from("x")),
    ),
    "a tag of more than 32 bits": Buffer.concat([spec(), varint(2 ** 32 + 10), varint(1), Buffer.from("x")]),
    "a number of more than ten bytes": Buffer.concat([
      spec(),
      field(nowhere, WireType.Varint, Buffer.alloc(10, 0x80), varint(1)),
    ]),
    "a number without an end": Buffer.concat([spec(), field(nowhere, WireType.Varint, Buffer.of(0x80))]),
  };
  for (const [name, bytes] of Object.entries(messages)) it(name, () => assert.throws(() => check(bytes)));
});

describe("requireOneReading accepts", () => {
  it("what a kubelet writes", () => {
    const request = create(PullImageRequestSchema, {
      image: { image: good, annotations: { a: "b", "": "" }, runtimeHandler: "kata" },
      auth: { username: "u", password: "p" },
      sandboxConfig: { metadata: { namespace: "shop", attempt: 3 }, labels: { l: "" }, linux: {} },
    });
    check(toBinary(PullImageRequestSchema, request));
  });

  it("fields of a later CRI, wherever they stand", () => {
    const later = [
      sized(nowhere, "anything"),
      field(nowhere, WireType.Varint, varint(2 ** 40)),
      field(nowhere, WireType.Bit64, Buffer.alloc(8)),
      field(nowhere, WireType.Bit32, Buffer.alloc(4)),
    ];
    check(Buffer.concat([spec(...later), ...later]));
  });

  it("a message in two parts, which all decoders put together", () => check(Buffer.concat([spec(), spec()])));

  it("nothing that the decoder then cannot read", () => {
    const entry = sized(2, sized(1, "k"), sized(2, "v"));
    const valid = Buffer.concat([spec(entry), sized(3, sized(1, sized(3, "shop")), sized(6, sized(1, "l")))]);
    const broken = fc
      .tuple(fc.nat(valid.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4, max: 127 }))
      .map(([at, noise]) => Buffer.concat([valid.subarray(0, at), noise, valid.subarray(at + noise.length)]));
    fc.assert(
      fc.property(broken, (bytes) => {
        try {
          check(bytes);
        } catch {
          return;
        }
        fromBinary(PullImageRequestSchema, bytes);
      }),
      { numRuns: 2000 },
    );
  });
});
