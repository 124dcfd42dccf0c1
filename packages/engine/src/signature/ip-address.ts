/**
 * Parses an IP address as Go's netip.ParseAddr: no leading zeros, IPv6 with `::`, an IPv4 tail and a zone (which is
 * dropped).
 * @returns 4 or 16 bytes, or undefined
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const [address = "", ...zone] = text.split("%");
  if (zone.length > 0 && zone.join("%") === "") return undefined;
  return parseIpv6(address);
}

/** As Go's net.IP.String: RFC 5952, and IPv4 for an IPv4-mapped address. */
export function formatIpAddress(address: Uint8Array): string {
  const ipv4 = asIpv4(address);
  if (ipv4 !== undefined) return [...ipv4].join(".");
  const groups = Array.from({ length: 8 }, (_, n) => (address[2 * n] ?? 0) * 256 + (address[2 * n + 1] ?? 0));
  const zeros = longestZeroRun(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (zeros === undefined) return text(groups);
  return `${text(groups.slice(0, zeros.start))}::${text(groups.slice(zeros.start + zeros.length))}`;
}

/** Whether two addresses are the same, an IPv4-mapped one being its IPv4 address. */
export function sameIpAddress(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(asIpv4(a) ?? a, asIpv4(b) ?? b) === 0;
}

/** The IPv4 address in it; undefined for a proper IPv6 address. */
export function asIpv4(address: Uint8Array): Uint8Array | undefined {
  if (address.length === 4) return address;
  const mapped =
    address.subarray(0, 10).every((octet) => octet === 0) && address[10] === 255 && address[11] === 255;
  return mapped ? address.subarray(12) : undefined;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const fields = text.split(".");
  if (fields.length !== 4) return undefined;
  const octets = fields.map((field) => (/^(?:0|[1-9]\d{0,2})$/.test(field) ? Number(field) : 256));
  return octets.every((octet) => octet < 256) ? Uint8Array.from(octets) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, n) => parseGroups(half, n === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])]);
}

function parseGroups(text: string, mayEndInIpv4: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const octets: number[] = [];
  const groups = text.split(":");
  for (const [n, group] of groups.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 0xff);
      continue;
    }
    const ipv4 = mayEndInIpv4 && n === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 === undefined) return undefined;
    octets.push(...ipv4);
  }
  return octets;
}

/** The first longest run of two or more zero groups. */
function longestZeroRun(
  groups: readonly number[],
): { readonly start: number; readonly length: number } | undefined {
  let best: { start: number; length: number } | undefined;
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length >= 2 && length > (best?.length ?? 0)) best = { start, length };
  }
  return best;
}
