/** RFC 1035, section 2.3.4: no name is longer, with a dot at its end. */
const longestHost = 254;

/**
 * An address to which a server sends us, for us to ask: HTTP or HTTPS, without what would become credentials or is no
 * part of a request.
 * @param base - what the address is relative to, if it may be
 * @returns undefined for anything else; also for a host longer than any name, since URL takes some that it cannot read
 *   again
 */
export function parseWebAddress(text: string, base?: URL): URL | undefined {
  const address = URL.parse(text, base?.href);
  if (address === null || !/^https?:$/.test(address.protocol)) return undefined;
  if (address.hostname.length > longestHost) return undefined;
  address.username = "";
  address.password = "";
  address.hash = "";
  return address;
}
