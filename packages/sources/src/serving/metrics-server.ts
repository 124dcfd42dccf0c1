import type { ServerResponse } from "node:http";
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
  /** why pods cannot be started just now; nothing when they can */
  reasonsNotReady(): readonly string[];
}

/**
 * Serves `/metrics`, `/healthz` and `/readyz` over plain HTTP, without authentication: bind it to where the scraper is.
 * To be healthy is to answer: restarting this program mends neither a broken policy nor a runtime that is away, and the
 * node's other calls work. To be ready is to be able to start pods.
 *
 * @param sharing `shared`: with others that say so too, as one gateway serves there until another has taken over from it;
 *   who asks then hears any of them. `alone`: an address that somebody has is an error
 * @throws CountersignError CONFIG_INVALID when the address cannot be listened on
 */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  pages: MetricsPages,
  sharing: "alone" | "shared" = "alone",
): Promise<MetricsServer> {
  // An import would load Node's own undici with it, for the globals that node:http offers too: 10 MB.
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return plain(response, 405, "method not allowed\n");
    const [path] = (request.url ?? "").split("?", 1);
    if (path === "/healthz") return plain(response, 200, "ok\n");
    if (path === "/readyz") return readiness(response, pages.reasonsNotReady());
    if (path !== "/metrics") return plain(response, 404, "not found: try /metrics, /healthz or /readyz\n");
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
    server.listen({ port, host, reusePort: sharing === "shared" }, resolve);
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

function readiness(response: ServerResponse, reasons: readonly string[]): void {
  if (reasons.length === 0) plain(response, 200, "ready\n");
  else plain(response, 503, reasons.map((reason) => `not ready: ${reason}\n`).join(""));
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}
