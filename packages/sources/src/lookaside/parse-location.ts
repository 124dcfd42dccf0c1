import { isIPv4, isIPv6 } from "node:net";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { type LocationUser, type LookasideLocation, redactQuery } from "./location.ts";
import { unescapePart } from "./percent-encoding.ts";

/**
 * Parses the address of a lookaside as Go's net/url does; another parser would find other files. `file:/a`,
 * `file:///a` and `file://host/a` are one path, `a%20b` has a blank in it, and to have no scheme is no fault yet.
 * @throws CountersignError CONFIG_INVALID, in the reference's words; a password is not repeated
 */
export function parseLocation(text: string): LookasideLocation {
  const [address = "", ...fragments] = text.split("#");
  const location = naming(text, address, () => parseAddress(address));
  return { ...location, fragment: naming(text, text, () => unescapePart(fragments.join("#"), "fragment")) };
}

function naming<T>(text: string, parsed: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const { message } = CountersignError.from(cause);
    throw invalid(
      `Invalid signature storage URL ${redacted(text)}: parse ${quote(redacted(parsed))}: ${message}`,
    );
  }
}

/** There may be a password also in what is no address. */
function redacted(text: string): string {
  const [beforeQuery = "", ...query] = text.split("?");
  const address = beforeQuery.replace(/^([^/]*\/\/[^/:]*:)[^/]*@/, "$1xxxxx@");
  return [address, ...query.map(redactQuery)].join("?");
}

function parseAddress(address: string): LookasideLocation {
  if (/[^ -~\u{80}-\u{10ffff}]/u.test(address)) throw invalid("net/url: invalid control character in URL");
  const { scheme, rest } = splitScheme(address);
  const [hierarchy = "", ...queries] = rest.split("?");
  const query = queries.length === 0 ? undefined : queries.join("?");
  const location = { scheme, opaque: "", user: undefined, host: undefined, path: "", query, fragment: "" };
  if (!hierarchy.startsWith("/")) {
    if (scheme !== "") return { ...location, opaque: hierarchy, host: "" };
    if (/^[^/]*:/.test(hierarchy)) throw invalid("first path segment in URL cannot contain colon");
  }
  const [, authority, path = ""] = /^\/\/([^/]*)(.*)$/s.exec(hierarchy) ?? [];
  if (authority === undefined || (scheme === "" && hierarchy.startsWith("///"))) {
    return { ...location, path: unescapePart(hierarchy, "path") };
  }
  return { ...location, ...parseAuthority(authority, scheme), path: unescapePart(path, "path") };
}

function splitScheme(address: string): { readonly scheme: string; readonly rest: string } {
  if (address.startsWith(":")) throw invalid("missing protocol scheme");
  const [whole = "", scheme = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(address) ?? [];
  return { scheme: scheme.toLowerCase(), rest: address.slice(whole.length) };
}

function parseAuthority(authority: string, scheme: string): Pick<LookasideLocation, "user" | "host"> {
  const at = authority.lastIndexOf("@");
  const host = parseHost(authority.slice(at + 1), scheme);
  return { host, user: at < 0 ? undefined : parseUser(authority.slice(0, at)) };
}

function parseUser(text: string): LocationUser {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text)) throw invalid("net/url: invalid userinfo");
  const [name = "", ...passwords] = text.split(":");
  const password = passwords.length === 0 ? undefined : unescapePart(passwords.join(":"), "user");
  return { name: unescapePart(name, "user"), password };
}

function parseHost(text: string, scheme: string): string {
  if (text.includes("[")) return parseLiteral(text);
  const port = /:[^:]*$/.exec(text)?.[0] ?? "";
  // Debian's skopeo still takes the last of several colons; the host could not be reached.
  const strictPort = /^https?$/.test(scheme) ? /:.*$/s.exec(text)?.[0] : undefined;
  checkPort(strictPort ?? port);
  return unescapePart(text, "host");
}

/** `[::1]:5000` */
function parseLiteral(text: string): string {
  if (!text.startsWith("[")) throw invalid("invalid IP-literal");
  const end = text.lastIndexOf("]");
  if (end < 0) throw invalid("missing ']' in host");
  checkPort(text.slice(end + 1));
  const address = unescapePart(text.slice(1, end), "host");
  if (isIPv4(address)) throw invalid("invalid IP-literal");
  if (!isIPv6(address)) throw invalid(`invalid host: ParseAddr(${quote(address)}): unable to parse IP`);
  return `[${address}]${text.slice(end + 1)}`;
}

function checkPort(text: string): void {
  if (!/^(:[0-9]*)?$/.test(text)) throw invalid(`invalid port ${quote(text)} after host`);
}

function invalid(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", message);
}
