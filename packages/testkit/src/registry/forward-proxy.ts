import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";

/** An HTTP proxy in this process that leads every name to the one server it knows. Close it, or hold it with `await using`. */
export interface ForwardProxy extends AsyncDisposable {
  readonly address: string;
  /** what it was asked for, in order: `CONNECT registry.example:443`, `GET http://registry.example/v2/` */
  readonly requests: readonly string[];
  /** what came with each as `Proxy-Authorization` */
  readonly authorizations: readonly (string | undefined)[];
}

export interface ForwardProxyOptions {
  /** a status with which it refuses everything instead */
  readonly refusal?: number;
  /** to be spoken to over TLS with these */
  readonly tls?: ServerOptions;
}

/** @param server - host:port that everything is passed on to */
export async function startForwardProxy(
  server: string,
  { refusal, tls }: ForwardProxyOptions = {},
): Promise<ForwardProxy> {
  const requests: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const note = ({ method = "", url = "", headers }: IncomingMessage): void => {
    requests.push(`${method} ${url}`);
    authorizations.push(headers["proxy-authorization"]);
  };
  const [hostname = "", port = ""] = server.split(":");

  const pass = (asked: IncomingMessage, answer: ServerResponse): void => {
    note(asked);
    if (refusal !== undefined) return void answer.writeHead(refusal).end();
    const { pathname, search } = new URL(asked.url ?? "");
    const { method, headers } = asked;
    const onward = request({ hostname, port, method, headers, path: pathname + search }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  };
  const tunnel = (asked: IncomingMessage, socket: Duplex): void => {
    note(asked);
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal} Refused\r\n\r\n`);
    const onward = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    tunnels.push(socket, onward);
    for (const end of [socket, onward]) end.on("error", () => [socket, onward].map((one) => one.destroy()));
  };

  const tunnels: Duplex[] = [];
  const proxy = (tls === undefined ? createServer(pass) : createTlsServer(tls, pass)).on("connect", tunnel);
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    requests,
    authorizations,
    async [Symbol.asyncDispose]() {
      for (const end of tunnels) end.destroy();
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
