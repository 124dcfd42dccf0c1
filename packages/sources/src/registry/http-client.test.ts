import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bareMachine } from "@countersign/testkit/registry/bare-machine";
import { redirects, tooManyRequests } from "@countersign/testkit/registry/faults";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import type { HostCertificates } from "../containers-config/certs-d.ts";
import { openConnections } from "./connections.ts";
import { type HttpClient, httpClient } from "./http-client.ts";

const { signal } = new AbortController();

/** Two registries that let in only who shows a certificate of their CA, and a client that has one for the first. */
async function twoDoors(): Promise<{
  readonly first: TestRegistry;
  readonly second: TestRegistry;
  readonly http: HttpClient;
  close(): Promise<void>;
}> {
  const authority = await tlsAuthority();
  const { certificate: cert, key } = await authority.server();
  const tls = { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: true };
  const [first, second] = [await startRegistry({ tls }), await startRegistry({ tls })];
  const me = await authority.client("me");
  const certificates: HostCertificates = {
    authorities: [Buffer.from(authority.certificate)],
    identities: [{ path: "me.cert", certificate: Buffer.from(me.certificate), key: Buffer.from(me.key) }],
  };
  const connections = openConnections(bareMachine);
  return {
    first,
    second,
    http: httpClient(connections, { certificates, skipVerify: false }, manualTiming()),
    async close() {
      await connections.close();
      await first.close();
      await second.close();
    },
  };
}

async function get(http: HttpClient, { address }: TestRegistry): Promise<number | string> {
  const request = {
    method: "GET",
    url: new URL(`https://${address}/v2/`),
    headers: {},
    bodyLimit: 100,
  } as const;
  const result = await http.send(request, signal);
  return result.type === "answer" ? result.status : result.reason;
}

describe("httpClient", () => {
  it("shows its certificate to the host it is for", async () => {
    const { first, http, close } = await twoDoors();
    const status = await get(http, first);
    await close();
    assert.equal(status, 200);
  });

  it("shows it to no host it is redirected to", async () => {
    const { first, second, http, close } = await twoDoors();
    first.fail(/./, redirects(`https://${second.address}/v2/`));
    const reason = await get(http, first);
    await close();
    assert.deepEqual([reason, second.requests.length], ["remote error: tls: certificate required", 0]);
  });

  it("begins again at the first host when the one it was sent to is tired", async () => {
    await using elsewhere = await startRegistry();
    await using registry = await startRegistry();
    registry.fail(/./, redirects(`http://${elsewhere.address}/v2/`));
    elsewhere.fail(/./, tooManyRequests("1"), 1);
    const connections = openConnections(bareMachine);
    const trust = { certificates: { authorities: [], identities: [] }, skipVerify: true };
    const http = httpClient(connections, trust, manualTiming());
    const url = new URL(`http://${registry.address}/v2/`);
    const result = await http.send({ method: "GET", url, headers: {}, bodyLimit: 100 }, signal);
    await connections.close();
    assert.deepEqual([result.type, registry.requests.length, elsewhere.requests.length], ["answer", 2, 2]);
  });
});
