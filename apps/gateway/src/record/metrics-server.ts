import { createServer, type ServerResponse } from "node:http";
import { CountersignError } from "@countersign/engine/values/error";

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

export interface MetricsServer {
  /** where it listens; the port is the real one when 0 was asked for */
  readonly address: MetricsAddress;
  close(): Promise<void>;
}

/** What is served. */
export interface MetricsPages {
  readonly contentType: string;
  metrics(): Promise<string>;
  /** whether calls are being served; false while draining */
  healthy(): boolean;
}

/**
 * Serves `/metrics` and `/healthz` over plain HTTP, without authentication: bind it to where the scraper is.
 * A broken policy is healthy: the node's other calls work, and restarting this program mends no file.
 * @throws CountersignError CONFIG_INVALID when the address cannot be listened on
 */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  pages: MetricsPages,
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return plain(response, 405, "method not allowed\n");
    const [path] = (request.url ?? "").split("?", 1);
    if (path === "/healthz")
      return pages.healthy() ? plain(response, 200, "ok\n") : plain(response, 503, "draining\n");
    if (path !== "/metrics") return plain(response, 404, "not found: try /metrics or /healthz\n");
    pages.metrics().then(
      (text) => response.writeHead(200, { "content-type": pages.contentType }).end(text),
      () => plain(response, 500, "the metrics could not be collected\n"),
    );
  });
  server.maxConnections = 32;

  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new CountersignError(
          "CONFIG_INVALID",
          `--metrics ${host}:${port}: cannot listen there (${cause.message}); choose a free address of this machine`,
          { cause },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  return {
    address: { host, port: typeof bound === "object" && bound !== null ? bound.port : port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}
