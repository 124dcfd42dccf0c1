import { CountersignError } from "@countersign/engine/values/error";

/** An address of hosts.toml as Go's net/url takes it apart; a name and password before an `@` are left out. */
export interface ServerAddress {
  /** lower case; `""` when none was written */
  readonly scheme: string;
  /** host[:port] as written; `""` when there is none */
  readonly host: string;
  /** decoded */
  readonly path: string;
}

/** What an address says that was not written. */
export const nowhere: ServerAddress = { scheme: "", host: "", path: "" };

/**
 * Parses the address of a server: `registry.example` is `https://registry.example`, but `httpd.example` is taken for
 * an address with its scheme, and so has no host.
 * Source: containerd core/remotes/docker/config, parseHostConfig; Go's net/url, Parse.
 * @throws CountersignError CONFIG_INVALID; the address is not repeated, since it may hold a password
 */
export function parseServerAddress(text: string): ServerAddress {
  const address = text.startsWith("http") ? text : `https://${text}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f]/.test(address)) throw invalid("invalid control character in URL");
  const [, named, rest = ""] = /^(?:([a-z][a-z0-9+.-]*):)?([^?#]*)/is.exec(address) ?? [];
  const scheme = named?.toLowerCase() ?? "";
  if (!rest.startsWith("/")) return withoutHost(scheme, rest);
  if (!rest.startsWith("//")) return { scheme, host: "", path: decodePath(rest) };
  const [, authority = "", path = ""] = /^\/\/([^/]*)(.*)$/s.exec(rest) ?? [];
  return { scheme, host: parseHost(authority.slice(authority.lastIndexOf("@") + 1)), path: decodePath(path) };
}

function withoutHost(scheme: string, rest: string): ServerAddress {
  if (scheme !== "") return { scheme, host: "", path: "" };
  if (rest.split("/", 1)[0]?.includes(":")) throw invalid("first path segment in URL cannot contain colon");
  return { scheme, host: "", path: decodePath(rest) };
}

function parseHost(host: string): string {
  if (host.startsWith("[") && !host.includes("]")) throw invalid("missing ']' in host");
  const [, port = ""] = /^\[.*\](.*)$/s.exec(host) ?? /^[^:]*(?:.*(:.*))?$/s.exec(host) ?? [];
  if (!/^(:\d*)?$/.test(port)) throw invalid("invalid port after host");
  if (!/^[\w.~!$&'()*+,;=:[\]<>"\x80-\uffff-]*$/.test(host)) throw invalid("invalid character in host name");
  return host;
}

function decodePath(path: string): string {
  if (/%(?![0-9a-f]{2})/i.test(path)) throw invalid("invalid URL escape");
  return path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escaped) =>
    Buffer.from(escaped.replaceAll("%", ""), "hex").toString(),
  );
}

function invalid(why: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", `unable to parse server: ${why}`);
}
