import type { Agent, RequestOptions } from "node:http";
import { type HttpProxy, ProxyRefusal, proxyAddress, proxyCredentials } from "./proxy.ts";
import { optionsOf, type RequestSender, type Route, sendByNode } from "./request-sender.ts";

/**
 * By way of a proxy: through a tunnel to who speaks TLS, by the proxy's word to who does not.
 * @param toProxy - connections to the proxy itself
 * @param tunnels - connections through it, see {@link tunnelling}
 */
export function proxiedSender(
  proxy: HttpProxy,
  toProxy: Agent,
  tunnels: Agent,
  route: Omit<Route, "agentFor">,
): RequestSender {
  const through: Route = { ...route, agentFor: (protocol) => (protocol === "https:" ? tunnels : toProxy) };
  return {
    proxied: true,
    send(request, events, signal) {
      const { url, body } = request;
      const options = optionsOf(request, through);
      if (url.protocol === "https:") return sendByNode(url, options, body, events, signal, through);
      const { origin, servername } = proxyAddress(proxy);
      const byWord: RequestOptions & { readonly servername: string } = {
        ...options,
        servername,
        path: url.href,
        headers: { ...options.headers, host: url.host, ...proxyCredentials(proxy) },
      };
      const judged: typeof events = {
        ...events,
        begun(status, ...answer) {
          if (status === 407) events.failed(new ProxyRefusal(status));
          else events.begun(status, ...answer);
        },
      };
      sendByNode(origin, byWord, body, judged, signal, through);
    },
  };
}
