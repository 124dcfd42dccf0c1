import type { MetricsAddress } from "./metrics-server.ts";

/** Parses `HOST:PORT`, `[IPv6]:PORT` or `:PORT`, which is every address; undefined if it is none of them. */
export function parseListenAddress(text: string): MetricsAddress | undefined {
  const [, bracketed, plain, digits = ""] = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === "" || port > 65_535) return undefined;
  return { host: bracketed ?? (plain || "0.0.0.0"), port };
}
