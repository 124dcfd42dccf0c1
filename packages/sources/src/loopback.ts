import { isIP, isIPv4 } from "node:net";

/** Whether `address` is one of this machine's own: 127.0.0.0/8 or ::1, without brackets. A name is none. */
export function isLoopbackAddress(address: string): boolean {
  if (isIPv4(address)) return address.startsWith("127.");
  if (isIP(address) !== 6 || address.includes("%")) return false;
  const { hostname } = new URL(`http://[${address}]`);
  return hostname === "[::1]" || /^\[::ffff:7f[0-9a-f]{2}:/.test(hostname);
}

/**
 * Takes host[:port] apart. Brackets of an IPv6 address go only together with a port, as in Go's net.SplitHostPort; what
 * it refuses is all host.
 */
export function splitPort(hostPort: string): { readonly host: string; readonly port: string } {
  const [, bracketed, plain = "", port = ""] = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(hostPort) ?? [];
  if (bracketed === undefined && plain === "" && port === "") return { host: hostPort, port: "" };
  return { host: bracketed ?? plain, port };
}
