import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";
import { systemTiming } from "@countersign/sources/timing";
import { postReview } from "../testing/https-client.ts";
import { objectWith, reviewOf } from "../testing/review-of.ts";
import { dueCertificates } from "../tls/certificates.ts";
import { serveWebhook } from "./webhook-server.ts";

const name = "countersign-webhook.countersign-system.svc";
const review = (more = "") =>
  JSON.stringify(reviewOf("Pod", { ...objectWith("Pod", { containers: [] }), more }));

const certificates = dueCertificates(undefined, [name], Date.now());
const ca = certificates.authorities.join("");
const serve = (limits: { readonly mostHeld?: number; readonly mostConnections?: number }) =>
  serveWebhook({
    address: { host: "127.0.0.1", port: 0 },
    certificate: certificates.server,
    reviewers: new Map([["/validate", async () => ({ allowed: true, warnings: [] })]]),
    ...{ longestReviewMs: 5_000, mostReviews: 100, timing: systemTiming, ...limits },
    reviewed() {},
    reasonsNotReady: () => [],
  });

describe("a webhook's server", () => {
  it("holds no more of reviews than it has memory for, and takes others again when those are gone", async () => {
    const server = await serve({ mostHeld: 1024 * 1024 });
    try {
      const post = (body: string) => postReview(server.port, "/validate", ca, body);
      assert.equal((await post(review())).status, 200);
      const dawdler = await begun(server.port, ca, 900 * 1024);
      const large = () => post(review("x".repeat(200 * 1024)));
      let answer = await large();
      // what the other one sent may still be under way
      for (let tries = 0; answer.status === 200 && tries < 100; tries++) {
        await setTimeout(20);
        answer = await large();
      }
      assert.deepEqual([answer.status, answer.body], [503, "OVERLOADED: too many large reviews at once\n"]);
      assert.equal((await post(review())).status, 200, "a small one still has room");
      dawdler.destroy();
      for (let tries = 0; answer.status !== 200 && tries < 100; tries++) {
        await setTimeout(20);
        answer = await large();
      }
      assert.equal(answer.status, 200);
    } finally {
      await server.close();
    }
  });

  it("gives one address no more than half of all connections", async () => {
    const server = await serve({ mostConnections: 4 });
    const open: TLSSocket[] = [];
    const from = async (localAddress: string) => {
      const plain = connectPlain({ host: "127.0.0.1", port: server.port, localAddress });
      const socket = connect({ socket: plain, ca, servername: name });
      open.push(socket);
      return await once(socket, "secureConnect").then(
        () => "connected",
        () => "refused",
      );
    };
    try {
      assert.deepEqual(
        [await from("127.0.0.2"), await from("127.0.0.2"), await from("127.0.0.2"), await from("127.0.0.3")],
        ["connected", "connected", "refused", "connected"],
      );
      open[0]?.destroy();
      await setTimeout(50);
      assert.equal(await from("127.0.0.2"), "connected");
    } finally {
      for (const socket of open) socket.destroy();
      await server.close();
    }
  });
});

/** A review of which the last byte never comes. */
async function begun(port: number, ca: string, size: number): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, ca, servername: name });
  await once(socket, "secureConnect");
  socket.on("error", () => {});
  socket.write(`POST /validate HTTP/1.1\r\nhost: ${name}\r\ncontent-length: ${size + 1}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.write(Buffer.alloc(size, 0x20), () => resolve()));
  return socket;
}
