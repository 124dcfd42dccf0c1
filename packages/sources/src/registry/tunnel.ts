import type { Agent, RequestOptions } from "node:http";
import type { SecureContext, TLSSocket } from "node:tls";
import { type HttpProxy, ProxyRefusal, proxyAddress, proxyCredentials } from "./proxy.ts";
import { ConnectTimeout } from "./request-sender.ts";

/** What is asked of connections through a proxy's tunnels. */
export interface TunnelTerms {
  /** how the server at the other end proves itself */
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
  /** milliseconds until it has; the tunnel is asked for outside of any exchange, whose deadlines therefore do not count */
  readonly connectTimeout: number;
}

/** Has `agent`, one of node:https, make its connections through tunnels. */
export function tunnelling(agent: Agent, proxy: HttpProxy, terms: TunnelTerms): Agent {
  agent.createConnection = (options, callback) => {
    openTunnel(proxy, targetOf(options), terms).then(
      (socket) => callback?.(null, socket),
      (error) => callback?.(error, undefined as never),
    );
    return undefined;
  };
  return agent;
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly servername: string;
}

function targetOf({ host, port, servername }: RequestOptions & { readonly servername?: string }): Target {
  return { host: host ?? "", port: Number(port ?? 443), servername: servername ?? "" };
}

function openTunnel(proxy: HttpProxy, target: Target, terms: TunnelTerms): Promise<TLSSocket> {
  const { host, port, servername } = target;
  const name = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const { origin, servername: proxyName } = proxyAddress(proxy);
  const { request } = process.getBuiltinModule(origin.protocol === "https:" ? "node:https" : "node:http");
  const { connect } = process.getBuiltinModule("node:tls");
  return new Promise((resolve, reject) => {
    const asked = request(origin, {
      method: "CONNECT",
      path: name,
      agent: false,
      headers: { host: name, ...proxyCredentials(proxy) },
      servername: proxyName,
      secureContext: proxy.secureContext,
    } as RequestOptions);
    let tunnel: TLSSocket | undefined;
    const late = setTimeout(() => {
      const error = new ConnectTimeout("no tunnel in time");
      asked.destroy(error);
      tunnel?.destroy(error);
    }, terms.connectTimeout);
    const fail = (error: unknown) => {
      clearTimeout(late);
      reject(error);
    };
    asked.once("error", fail);
    asked.once("connect", ({ statusCode = 0 }, socket, head) => {
      if (statusCode !== 200) {
        socket.destroy();
        return fail(new ProxyRefusal(statusCode));
      }
      if (head.length > 0) socket.unshift(head);
      const { secureContext, rejectUnauthorized } = terms;
      tunnel = connect({
        socket,
        servername,
        secureContext,
        rejectUnauthorized,
        ALPNProtocols: ["http/1.1"],
      });
      tunnel.once("error", fail);
      tunnel.once("close", () => fail(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })));
      tunnel.once("secureConnect", () => {
        clearTimeout(late);
        tunnel?.removeAllListeners("close");
        if (tunnel !== undefined) resolve(tunnel);
      });
    });
    asked.end();
  });
}
