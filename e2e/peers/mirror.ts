import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** Stands in front of a registry and notes who asks. */
export interface Mirror {
  readonly host: string;
  /** `containerd GET /v2/app/manifests/v1?ns=hub.example`, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** @param prefix - what repositories stand below here and not in the registry itself: `/hub` */
export async function startMirror(registry: string, prefix = ""): Promise<Mirror> {
  const requests: string[] = [];

  function pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { method, url = "", headers } = asked;
    const [who] = (headers["user-agent"] ?? "").split("/", 1);
    requests.push(`${who} ${method} ${url}`);
    const path = url.replace(`/v2${prefix}/`, "/v2/");
    const [hostname = "", port = ""] = registry.split(":");
    const onward = request({ hostname, port, method, headers, path }, (answered) => {
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
    requests,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Writes what containerd and the gateway read of one registry; it counts from the next pull on. */
export async function writeHostsToml(configPath: string, registry: string, content: string): Promise<void> {
  const directory = join(configPath, registry);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "hosts.toml"), content);
}
