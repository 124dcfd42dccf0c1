import { BlockList, type IPVersion, isIP } from "node:net";
import { domainToASCII } from "node:url";
import { CountersignError } from "@countersign/engine/values/error";
import type { ProxyVariables } from "../environment.ts";
import { isLoopbackAddress, splitPort } from "../loopback.ts";

/** The proxy that leads to an address; undefined when none does. */
export type ProxyChoice = (url: URL) => URL | undefined;

/**
 * Chooses as Go does, so that we ask by the ways of the runtime and of the other container tools: by the scheme of the
 * address asked for, never for this machine itself, and never for what NO_PROXY names.
 * Source: golang.org/x/net/http/httpproxy, behind net/http's ProxyFromEnvironment.
 * @throws CountersignError CONFIG_INVALID, when called with an address, for a variable that is no proxy's address
 */
export function proxyChoice({ httpProxy, httpsProxy, noProxy }: ProxyVariables): ProxyChoice {
  const excepted = exceptions(noProxy ?? "");
  return (url) => {
    const [variable, proxy] =
      url.protocol === "https:"
        ? (["HTTPS_PROXY", httpsProxy] as const)
        : (["HTTP_PROXY", httpProxy] as const);
    return proxy === undefined || excepted(url) ? undefined : parseProxy(proxy, variable);
  };
}

/** @throws CountersignError CONFIG_INVALID; the address is not repeated, since it may hold a password */
function parseProxy(text: string, variable: string): URL {
  const named = /^(https?|socks5h?):/i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(named) ? new URL(named) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== "" && isReadable(url))
    return url;
  throw new CountersignError(
    "CONFIG_INVALID",
    `${variable} is not the address of an HTTP proxy; write http://HOST:PORT or https://HOST:PORT`,
  );
}

/** A name or password with a `%` that begins no escape is one to Go neither. */
function isReadable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/** What one entry of NO_PROXY says of a host and its port. */
type Exception = (host: string, port: string) => boolean;

function exceptions(noProxy: string): (url: URL) => boolean {
  const entries = noProxy.split(",").map((entry) => entry.trim().toLowerCase());
  // An asterisk ends the list for Go: everything is excepted.
  const all = entries.includes("*");
  const each = entries.flatMap((entry) => parseException(entry) ?? []);
  return ({ hostname, port, protocol }) => {
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    if (host === "localhost" || isLoopbackAddress(host) || all) return true;
    const spoken = port === "" ? (protocol === "https:" ? "443" : "80") : port;
    return each.some((exception) => exception(host, spoken));
  };
}

function parseException(entry: string): Exception | undefined {
  const [, network = "", bits = ""] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(network) !== 0 && Number(bits) <= width(network)) return inNetwork(network, Number(bits));
  const { host: name, port } = splitPort(entry);
  if (name === "") return undefined;
  const address = withoutMapping(name);
  const exception = isIP(address) === 0 ? belowDomain(name) : inNetwork(address, width(address));
  return (host, spoken) => exception(host, spoken) && (port === "" || port === spoken);
}

/** `a.example` is itself and what is below it; `.a.example` and `*.a.example` only what is below. */
function belowDomain(written: string): Exception {
  const name = written.replace(/^\*(?=\.)/, "");
  if (name.startsWith(".")) return (host) => isIP(host) === 0 && host.endsWith(name);
  const itself = domainToASCII(name) || name;
  return (host) => isIP(host) === 0 && (host === itself || host.endsWith(`.${itself}`));
}

function inNetwork(network: string, bits: number): Exception {
  const list = new BlockList();
  const kind = family(network);
  list.addSubnet(network, bits, kind);
  return (host) => {
    const address = withoutMapping(host);
    return isIP(address) !== 0 && family(address) === kind && list.check(address, kind);
  };
}

/** An IPv4 address that is written as an IPv6 one is an IPv4 address. */
function withoutMapping(host: string): string {
  if (isIP(host) !== 6 || host.includes("%")) return host;
  const { hostname } = new URL(`http://[${host}]`);
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname) ?? [];
  if (high === undefined || low === undefined) return host;
  const bits = Number.parseInt(high, 16) * 0x10000 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join(".");
}

function family(address: string): IPVersion {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}

function width(address: string): number {
  return isIP(address) === 4 ? 32 : 128;
}
