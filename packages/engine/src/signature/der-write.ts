/** One DER element around `parts`, with the shortest length that fits. */
export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...encodeLength(content.length)]), content]);
}

/** An INTEGER from big-endian octets without a sign. */
export function encodeUnsignedInteger(octets: Uint8Array): Buffer {
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start++;
  const minimal = octets.subarray(start);
  const [first = 0] = minimal;
  const padding = minimal.length === 0 || first >= 0x80 ? [0] : [];
  return encodeDer(0x02, Buffer.from(padding), minimal);
}

/** An OBJECT IDENTIFIER from its dotted text. */
export function encodeOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return encodeDer(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

function encodeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

function base128(arc: number): readonly number[] {
  const octets = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
    octets.unshift(0x80 | (rest % 128));
  }
  return octets;
}
