import { quote } from "../values/go-format.ts";
import { refuse } from "./invalid.ts";
import { parseIpAddress } from "./ip-address.ts";

/** A URI name of a certificate. */
export interface CertificateUri {
  readonly text: string;
  /** host[:port], percent-decoded; `""` if it has none */
  readonly host: string;
}

/**
 * Accepts the URIs that Go's url.Parse accepts: a certificate with any other is refused whole.
 * @param text ASCII
 * @throws CountersignError SIGNATURE_INVALID with net/url's words
 */
export function parseCertificateUri(text: string): CertificateUri {
  const hash = text.indexOf("#");
  const withoutFragment = hash < 0 ? text : text.slice(0, hash);
  try {
    const host = parseHierarchy(withoutFragment);
    if (hash >= 0) checkEscapes(text.slice(hash + 1));
    return { text, host };
  } catch (caught) {
    if (caught instanceof UriFault)
      refuse(`parse ${quote(caught.inFragment ? text : withoutFragment)}: ${caught.message}`);
    throw caught;
  }
}

class UriFault extends Error {
  readonly inFragment: boolean;

  constructor(message: string, inFragment = false) {
    super(message);
    this.inFragment = inFragment;
  }
}

function parseHierarchy(uri: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f]/.test(uri)) throw new UriFault("net/url: invalid control character in URL");
  if (uri === "*") return "";
  const { scheme, rest: afterScheme } = splitScheme(uri);
  const [rest = ""] = afterScheme.split("?", 1);
  if (!rest.startsWith("/")) {
    if (scheme !== "") return "";
    const [segment = ""] = rest.split("/", 1);
    if (segment.includes(":")) throw new UriFault("first path segment in URL cannot contain colon");
  }
  if (!rest.startsWith("//") || (scheme === "" && rest.startsWith("///"))) {
    checkEscapes(rest, false);
    return "";
  }
  const slash = rest.indexOf("/", 2);
  const host = parseAuthority(scheme, slash < 0 ? rest.slice(2) : rest.slice(2, slash));
  if (slash >= 0) checkEscapes(rest.slice(slash), false);
  return host;
}

function splitScheme(uri: string): { readonly scheme: string; readonly rest: string } {
  if (uri.startsWith(":")) throw new UriFault("missing protocol scheme");
  const [whole = "", scheme = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri) ?? [];
  return { scheme: scheme.toLowerCase(), rest: uri.slice(whole.length) };
}

function parseAuthority(scheme: string, authority: string): string {
  const at = authority.lastIndexOf("@");
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at < 0) return host;
  const userinfo = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) throw new UriFault("net/url: invalid userinfo");
  checkEscapes(userinfo, false);
  return host;
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf("[");
  if (open > 0) throw new UriFault("invalid IP-literal");
  if (open === 0) return parseIpLiteral(host);
  const first = host.indexOf(":");
  if (first >= 0) {
    const strict = scheme === "http" || scheme === "https";
    checkPort(host.slice(strict ? first : host.lastIndexOf(":")));
  }
  return unescapeHost(host);
}

function parseIpLiteral(host: string): string {
  const close = host.lastIndexOf("]");
  if (close < 0) throw new UriFault("missing ']' in host");
  checkPort(host.slice(close + 1));
  const literal = host.slice(1, close).replace("%25", "%");
  const address = parseIpAddress(literal);
  if (address === undefined)
    throw new UriFault(`invalid host: ParseAddr(${quote(literal)}): unable to parse IP`);
  if (address.length === 4) throw new UriFault("invalid IP-literal");
  return `[${literal}]${host.slice(close + 1)}`;
}

function checkPort(port: string): void {
  if (!/^(?::\d*)?$/.test(port)) throw new UriFault(`invalid port ${quote(port)} after host`);
}

/** In a host only bytes outside ASCII may be percent-encoded; and `%25` for a percent sign. */
function unescapeHost(host: string): string {
  checkEscapes(host, false);
  const [ascii] = /%(?!25)[0-7][0-9A-Fa-f]/.exec(host) ?? [];
  if (ascii !== undefined) throw new UriFault(`invalid URL escape ${quote(ascii)}`);
  const [odd] = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%]/.exec(host) ?? [];
  if (odd !== undefined) throw new UriFault(`invalid character ${quote(odd)} in host name`);
  return host.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function checkEscapes(text: string, inFragment = true): void {
  const [bad] = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(text) ?? [];
  if (bad !== undefined) throw new UriFault(`invalid URL escape ${quote(bad)}`, inFragment);
}
