import type { Draw } from "@countersign/testkit/random/draw";
import { mutateBytes } from "./bytes.ts";
import type { Mutate } from "./mutate.ts";

/** Accidents that happen to protobuf messages: fields doubled, nested, of other wire types, with other numbers. */
export const mutateProtobuf: Mutate = (draw, input, other) => {
  const fields = readFields(input);
  if (fields === undefined || fields.length === 0 || draw.chance(0.1)) return mutateBytes(draw, input, other);
  const at = draw.below(fields.length);
  const field = fields[at] as Field;
  const inside = field.wireType === sized ? readFields(field.value) : undefined;
  if (inside !== undefined && draw.chance(0.6)) {
    fields[at] = { ...field, value: mutateProtobuf(draw, field.value, other) };
    return writeFields(draw, fields);
  }
  const others = readFields(other) ?? fields;
  const donor = others[draw.below(others.length)] ?? field;
  draw.one<() => unknown>([
    () => fields.splice(at, 1),
    () => fields.splice(at, 0, field),
    () => fields.push(field),
    () => fields.splice(at, 0, donor),
    () => fields.splice(at, 1, { ...field, value: donor.value }),
    () => fields.splice(at, 1, { ...field, number: draw.one([...numbers, field.number + 1]) }),
    () => fields.splice(at, 1, { ...field, wireType: draw.below(8) }),
    () => fields.splice(at, 1, { ...field, value: mutateBytes(draw, field.value, donor.value) }),
    () => fields.splice(at, 1, { ...field, value: mutateBytes(draw, field.value, donor.value) }),
    () => fields.splice(at, 1, { ...field, wireType: sized, value: writeFields(draw, [field, donor]) }),
    () =>
      fields.splice(
        at,
        0,
        { number: field.number, wireType: 3, value: Buffer.of() },
        { ...field, wireType: 4 },
      ),
  ])();
  return writeFields(draw, fields);
};

const numbers: readonly [number, ...number[]] = [
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  18,
  19,
  20,
  0,
  4242,
  2 ** 29 - 1,
  2 ** 31,
];

interface Field {
  readonly number: number;
  readonly wireType: number;
  readonly value: Buffer;
}

const sized = 2;

/** Undefined if the bytes are not fields to the last one. Groups are not looked into. */
function readFields(bytes: Buffer): Field[] | undefined {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    if (tag === undefined) return undefined;
    const wireType = tag.value % 8;
    const length = valueLength(bytes, tag.end, wireType);
    if (length === undefined || tag.end + length.prefix + length.value > bytes.length) return undefined;
    const start = tag.end + length.prefix;
    const value = bytes.subarray(start, start + length.value);
    fields.push({ number: Math.floor(tag.value / 8), wireType, value });
    at = start + length.value;
  }
  return fields;
}

function valueLength(bytes: Buffer, at: number, wireType: number) {
  const varint = readVarint(bytes, at);
  switch (wireType) {
    case 0:
      return varint && { prefix: 0, value: varint.end - at };
    case 1:
      return { prefix: 0, value: 8 };
    case sized:
      return varint && { prefix: varint.end - at, value: varint.value };
    case 5:
      return { prefix: 0, value: 4 };
    default:
      return undefined;
  }
}

function readVarint(bytes: Buffer, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let end = at; end < at + 10; end++) {
    const byte = bytes[end];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * (end - at));
    if (byte < 0x80) return { value, end: end + 1 };
  }
  return undefined;
}

function writeFields(draw: Draw, fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ number, wireType, value }) => [
      writeVarint(number * 8 + wireType, draw.chance(0.02)),
      ...(wireType === sized ? [writeVarint(value.length, draw.chance(0.02))] : []),
      value,
    ]),
  );
}

/** @param isLong with octets that say nothing */
function writeVarint(value: number, isLong: boolean): Buffer {
  const octets: number[] = [];
  let rest = value;
  do {
    octets.push(rest % 128);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  if (isLong) octets.push(0);
  return Buffer.from(octets.map((octet, at) => (at === octets.length - 1 ? octet : octet | 0x80)));
}
