import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands in front of a registry and passes requests on. */
export interface RegistryFront {
  readonly host: string;
  close(): Promise<void>;
}

/** @param pathFor what is asked of the registry in a request's place */
export async function startRegistryFront(
  registry: string,
  pathFor: (asked: IncomingMessage) => string,
): Promise<RegistryFront> {
  const [hostname = "", port = ""] = registry.split(":");
  const server = createServer((asked, answer) => {
    const { method, headers } = asked;
    const onward = request({ hostname, port, method, headers, path: pathFor(asked) }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
