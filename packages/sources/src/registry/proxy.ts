import { isIP } from "node:net";
import type { SecureContext } from "node:tls";

/** A proxy, which has to prove itself where it speaks TLS. */
export interface HttpProxy {
  /** with the name and password for it, if any */
  readonly url: URL;
  readonly secureContext: SecureContext;
}

/** What a proxy answered instead of helping. */
export class ProxyRefusal extends Error {
  readonly proxyStatus: number;

  constructor(proxyStatus: number) {
    super(`the proxy answered ${proxyStatus}`);
    this.proxyStatus = proxyStatus;
  }
}

/** How Node is to reach it: without the name and password, and by its own name in TLS, whatever host is asked for. */
export function proxyAddress({ url }: HttpProxy): { readonly origin: URL; readonly servername: string } {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { origin: new URL(url.origin), servername: isIP(host) === 0 ? host : "" };
}

/** What it is told besides a request. */
export function proxyCredentials({ url: { username, password } }: HttpProxy): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}
