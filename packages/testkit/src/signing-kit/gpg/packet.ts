/**
 * Writes OpenPGP packets (RFC 4880 and 9580 section 4), well-formed or not: a test has to be able to say what no
 * program would write.
 */

/** How a packet says where it ends. */
export type Framing =
  | "new"
  /** with the given number of length octets, or as few as fit */
  | { readonly old: 1 | 2 | 4 | "fewest" }
  /** to the end of what is there; old format only */
  | "indeterminate"
  /** in parts of 2 to this power octets, each */
  | { readonly partial: number };

export const tag = {
  publicKeyEncryptedSessionKey: 1,
  signature: 2,
  onePassSignature: 4,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  compressed: 8,
  encrypted: 9,
  marker: 10,
  literal: 11,
  trust: 12,
  userId: 13,
  publicSubkey: 14,
  userAttribute: 17,
  encryptedIntegrity: 18,
  padding: 21,
  private: 60,
} as const;

export function packet(type: number, body: Uint8Array, framing: Framing = usual(type)): Buffer {
  if (framing === "new") return Buffer.concat([octets(0xc0 | type), newLength(body.length), body]);
  if (framing === "indeterminate") return Buffer.concat([octets(0x83 | (type << 2)), body]);
  if ("partial" in framing) return Buffer.concat([octets(0xc0 | type), ...parts(body, framing.partial)]);
  const { length } = body;
  const size = framing.old === "fewest" ? (length < 0x100 ? 1 : length < 0x10000 ? 2 : 4) : framing.old;
  const head = octets(0x80 | (type << 2) | { 1: 0, 2: 1, 4: 2 }[size]);
  return Buffer.concat([head, number(length, size), body]);
}

/** As gpg: the old format, as long as its four bits hold the type. */
function usual(type: number): Framing {
  return type < 16 ? { old: "fewest" } : "new";
}

/** A multiprecision integer; leading zeros are not written. */
export function mpi(value: Uint8Array): Buffer {
  let start = 0;
  while (start < value.length && value[start] === 0) start++;
  const digits = value.subarray(start);
  const bits = digits.length === 0 ? 0 : digits.length * 8 - Math.clz32(digits[0] ?? 0) + 24;
  return Buffer.concat([number(bits, 2), digits]);
}

/** A signature's subpacket, for its hashed or its unhashed area. */
export function subpacket(type: number, data: Uint8Array, { critical = false } = {}): Buffer {
  return Buffer.concat([newLength(data.length + 1), octets(critical ? 0x80 | type : type), data]);
}

/** An unsigned number in big-endian octets. */
export function number(value: number, size: 1 | 2 | 4): Buffer {
  const buffer = Buffer.alloc(size);
  buffer.writeUIntBE(value, 0, size);
  return buffer;
}

export function octets(...values: readonly number[]): Buffer {
  return Buffer.from(values);
}

/** Armor with its checksum; `label` as in `PUBLIC KEY BLOCK`. */
export function armor(label: string, bytes: Uint8Array, headers: readonly string[] = []): string {
  const base64 = Buffer.from(bytes)
    .toString("base64")
    .replaceAll(/.{64}(?=.)/g, "$&\n");
  const checksum = number(crc24(bytes), 4).subarray(1).toString("base64");
  return [
    `-----BEGIN PGP ${label}-----`,
    ...headers,
    "",
    base64,
    `=${checksum}`,
    `-----END PGP ${label}-----`,
    "",
  ].join("\n");
}

function newLength(length: number): Buffer {
  if (length < 192) return octets(length);
  if (length < 8384) return octets(((length - 192) >> 8) + 192, (length - 192) & 0xff);
  return Buffer.concat([octets(0xff), number(length, 4)]);
}

function* parts(body: Uint8Array, power: number): Generator<Uint8Array> {
  const size = 2 ** power;
  let at = 0;
  for (; body.length - at >= size; at += size) {
    yield octets(0xe0 | power);
    yield body.subarray(at, at + size);
  }
  yield newLength(body.length - at);
  yield body.subarray(at);
}

function crc24(bytes: Uint8Array): number {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? ((crc << 1) & 0xffffff) ^ 0x864cfb : crc << 1;
  }
  return crc;
}
