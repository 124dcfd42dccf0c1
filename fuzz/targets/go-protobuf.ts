/**
 * A text in a message as the code reads it that gogo/protobuf generates for Go, which older runtimes are built with: of
 * several the last counts, messages in parts are put together, and what is unknown is skipped, groups too.
 * @param path field numbers, from the outermost message to the text
 * @returns undefined if there is none
 * @throws Error where that code refuses
 */
export function goText(message: Buffer, path: readonly [number, ...number[]]): Buffer | undefined {
  const [number, ...rest] = path;
  let found: Buffer | undefined;
  for (const field of fieldsOf(message)) {
    if (field.number !== number) continue;
    if (field.wireType !== 2) throw new Error(`wrong wireType = ${field.wireType} for field ${number}`);
    const [next, ...others] = rest;
    found = next === undefined ? field.value : (goText(field.value, [next, ...others]) ?? found);
  }
  return found;
}

interface GoField {
  readonly number: number;
  readonly wireType: number;
  readonly value: Buffer;
}

function* fieldsOf(message: Buffer): Generator<GoField> {
  for (let at = 0; at < message.length; ) {
    const tag = uint64(message, at);
    const number = Number(BigInt.asIntN(32, tag.value >> 3n));
    const wireType = Number(tag.value & 7n);
    if (number <= 0) throw new Error(`illegal tag ${number}`);
    if (wireType === 4) throw new Error("wiretype end group for non-group");
    if (wireType !== 2) {
      const end = skip(message, at);
      yield { number, wireType, value: message.subarray(tag.end, end) };
      at = end;
      continue;
    }
    const length = uint64(message, tag.end);
    const end = length.end + Number(BigInt.asIntN(64, length.value));
    if (end < length.end || end > message.length) throw new Error("unexpected EOF");
    yield { number, wireType, value: message.subarray(length.end, end) };
    at = end;
  }
}

/** Where a field ends that begins at `start`. */
function skip(message: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const tag = uint64(message, at);
    at = tag.end;
    switch (Number(tag.value & 7n)) {
      case 0:
        at = uint64(message, at).end;
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = uint64(message, at);
        at = length.end + Number(BigInt.asIntN(64, length.value));
        if (at < length.end) throw new Error("invalid length");
        break;
      }
      case 3:
        depth++;
        break;
      case 4:
        if (depth-- === 0) throw new Error("unexpected end of group");
        break;
      case 5:
        at += 4;
        break;
      default:
        throw new Error("illegal wireType");
    }
    if (at > message.length) throw new Error("unexpected EOF");
  } while (depth > 0);
  return at;
}

function uint64(message: Buffer, start: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let at = start; at < start + 10; at++) {
    const byte = message[at];
    if (byte === undefined) throw new Error("unexpected EOF");
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - start));
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), end: at + 1 };
  }
  throw new Error("integer overflow");
}
