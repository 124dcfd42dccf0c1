import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { countJsonValues } from "@countersign/engine/values/count-json-values";
import { CountersignError } from "@countersign/engine/values/error";
import type { Timing } from "@countersign/sources/timing";
import { answerReview, type Reviewer, type ReviewRecord } from "../answer-review.ts";
import { atMostFromOneAddress } from "./most-from-one-address.ts";
import { readBody } from "./read-body.ts";
import { reviewDeadline } from "./review-deadline.ts";
import { reviewRoom } from "./review-room.ts";

export interface ServingCertificate {
  /** PEM, the leaf first */
  readonly certificate: string;
  readonly key: string;
}

export interface WebhookServerParts {
  readonly address: { readonly host: string; readonly port: number };
  readonly certificate: ServingCertificate;
  /** by path: `/validate` */
  readonly reviewers: ReadonlyMap<string, Reviewer>;
  /** milliseconds that a review may take at most */
  readonly longestReviewMs: number;
  /** reviews that are read and judged at once; further ones are refused at once */
  readonly mostReviews: number;
  /** bytes of memory for reviews, those that are being read too; undefined: 256 MiB */
  readonly mostHeld?: number;
  /** half of them from one address; undefined: 1024 */
  readonly mostConnections?: number;
  readonly timing: Timing;
  reviewed(path: string, record: ReviewRecord): void;
  /** why reviews are not answered yet; empty if they are */
  reasonsNotReady(): readonly string[];
}

export interface WebhookServer {
  readonly port: number;
  /** Those who connect from now on see this certificate; connections that are open stay. */
  present(certificate: ServingCertificate): void;
  /** Answers what was asked, and takes nothing more. */
  close(): Promise<void>;
}

/** An API server sends a review at once: a client that dawdles over it is none. */
const slowestMs = 10_000;
/** How often clients that dawdle are looked for. */
const lookForSlowMs = 1_000;
/** what a value takes once it is read, roughly */
const valueSize = 128;

/**
 * Serves reviews by HTTPS. Besides: `/healthz`, which answers as long as this program does, and `/readyz`.
 * @throws CountersignError CONFIG_INVALID if the address cannot be listened on
 */
export async function serveWebhook(parts: WebhookServerParts): Promise<WebhookServer> {
  const { certificate, reviewers, timing, mostReviews, mostHeld, mostConnections = 1024 } = parts;
  const room = reviewRoom(mostReviews, mostHeld);

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "https://webhook.invalid");
    if (incoming.method === "GET" && url.pathname === "/healthz") return plain(response, 200, "ok\n");
    if (incoming.method === "GET" && url.pathname === "/readyz") {
      const reasons = parts.reasonsNotReady();
      return plain(
        response,
        reasons.length === 0 ? 200 : 503,
        reasons.map((one) => `${one}\n`).join("") || "ready\n",
      );
    }
    const reviewer = reviewers.get(url.pathname);
    if (reviewer === undefined) return plain(response, 404, "there is nothing here\n");
    if (incoming.method !== "POST") return plain(response, 405, "reviews are posted\n");
    using place = room.enter();
    // an API server takes whatever is no review for a failure, and refuses
    if (place === undefined) return plain(response, 503, "OVERLOADED: too many reviews at once\n");
    const within = reviewDeadline(url.searchParams.get("timeout"), parts.longestReviewMs);
    const review = await readBody(incoming, place.take);
    place.take(countJsonValues(review) * valueSize);
    const answered = place.owing(answerReview(review, reviewer, within, timing));
    const { status, body, record } = await answered;
    parts.reviewed(url.pathname, record);
    const type = status === 200 ? "application/json" : "text/plain; charset=utf-8";
    response.writeHead(status, { "content-type": type }).end(body);
  }

  const server = createServer(
    {
      cert: certificate.certificate,
      key: certificate.key,
      minVersion: "TLSv1.2",
      requestTimeout: slowestMs,
      connectionsCheckingInterval: lookForSlowMs,
      headersTimeout: 10_000,
      handshakeTimeout: 10_000,
      keepAliveTimeout: 90_000,
      maxHeaderSize: 16_384,
    },
    (incoming, response) => {
      answer(incoming, response).catch((caught: unknown) => {
        const { code, message } = CountersignError.from(caught);
        if (response.headersSent) return void response.destroy();
        response.setHeader("connection", "close");
        plain(
          response,
          code === "TOO_LARGE" ? 413 : code === "OVERLOADED" ? 503 : 500,
          `${code}: ${message}\n`,
        );
      });
    },
  );
  server.maxConnections = mostConnections;
  server.on("connection", atMostFromOneAddress(mostConnections / 2));
  server.on("tlsClientError", (_error, socket) => void socket.destroy());
  const { host, port } = parts.address;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const message = `--listen ${host}:${port}: cannot listen there (${cause.message}); choose a free address`;
      reject(new CountersignError("CONFIG_INVALID", message, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    present: ({ certificate: cert, key }) => server.setSecureContext({ cert, key, minVersion: "TLSv1.2" }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // whoever dawdles over a question is not waited for
        room.whenNoneOwed(() => server.closeAllConnections());
      }),
  };
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}
