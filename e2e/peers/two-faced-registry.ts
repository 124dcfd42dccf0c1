import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A registry that tells the runtime something else than everybody else. */
export interface TwoFacedRegistry {
  readonly host: string;
  /** Tags that mean another one of the same repository when containerd asks: `repository:tag` → tag. */
  readonly lies: Map<string, string>;
  close(): Promise<void>;
}

/** Stands in front of an honest registry, as a mirror, a cache or an attacker on the way does. */
export async function startTwoFacedRegistry(honest: string): Promise<TwoFacedRegistry> {
  const lies = new Map<string, string>();

  function pathFor({ url = "", headers }: IncomingMessage): string {
    const [, repository = "", tag = ""] = /^\/v2\/(.+)\/manifests\/([^:]+)$/.exec(url) ?? [];
    const other = lies.get(`${repository}:${tag}`);
    const isRuntime = headers["user-agent"]?.startsWith("containerd/") ?? false;
    return isRuntime && other !== undefined ? `/v2/${repository}/manifests/${other}` : url;
  }

  function pass(asked: IncomingMessage, answer: ServerResponse): void {
    const [hostname = "", port = ""] = honest.split(":");
    const { method, headers } = asked;
    const onward = request({ hostname, port, method, headers, path: pathFor(asked) }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  }

  const server = createServer(pass).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    lies,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
