import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bareMachine } from "@countersign/testkit/registry/bare-machine";
import { type ForwardProxy, startForwardProxy } from "@countersign/testkit/registry/forward-proxy";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import { userEnvironment } from "../environment.ts";
import { openConnections } from "./connections.ts";
import { httpClient } from "./http-client.ts";

const { signal } = new AbortController();
const authority = await tlsAuthority();
const { certificate: cert, key } = await authority.server({ address: "registry.example" });
const certificates = { authorities: [Buffer.from(authority.certificate)], identities: [] };

/** Status, or the reason why there is none, of a GET with these variables set. */
async function get(
  address: string,
  variables: Readonly<Record<string, string>>,
  skipVerify = false,
): Promise<number | string> {
  const { proxies, caBundle } = userEnvironment(variables, { home: "/", uid: 0 });
  const connections = openConnections({ ...bareMachine, proxies, caBundle });
  try {
    const http = httpClient(connections, { certificates, skipVerify }, manualTiming());
    const request = { method: "GET", url: new URL(address), headers: {}, bodyLimit: 1000 } as const;
    const result = await http.send(request, signal);
    return result.type === "answer" ? result.status : result.reason;
  } finally {
    await connections.close();
  }
}

const environmentFor = ({ address }: ForwardProxy, user = ""): Record<string, string> => ({
  HTTP_PROXY: `http://${user}${address}`,
  https_proxy: `http://${user}${address}`,
});

describe("a registry behind a proxy", () => {
  it("is asked through a tunnel, and proves itself to us", async () => {
    await using registry = await startRegistry({ tls: { cert, key } });
    await using proxy = await startForwardProxy(registry.address);
    assert.equal(await get("https://registry.example/v2/", environmentFor(proxy)), 200);
    assert.deepEqual(proxy.requests, ["CONNECT registry.example:443"]);
    assert.deepEqual(
      registry.requests.map(({ headers }) => headers["proxy-authorization"]),
      [undefined],
    );
  });

  it("is not believed under another name", async () => {
    await using registry = await startRegistry({ tls: { cert, key } });
    await using proxy = await startForwardProxy(registry.address);
    assert.equal(
      await get("https://other.example/v2/", environmentFor(proxy)),
      "tls: failed to verify certificate: x509: certificate is valid for registry.example, not other.example",
    );
  });

  it("is asked by the proxy's word when it speaks plain HTTP", async () => {
    await using registry = await startRegistry();
    await using proxy = await startForwardProxy(registry.address);
    assert.equal(await get("http://registry.example:5000/v2/", environmentFor(proxy)), 200);
    assert.deepEqual(proxy.requests, ["GET http://registry.example:5000/v2/"]);
    assert.equal(registry.requests[0]?.headers["host"], "registry.example:5000");
  });

  for (const address of ["http://registry.example/v2/", "https://registry.example/v2/"]) {
    it(`is asked with name and password for the proxy: ${address}`, async () => {
      await using registry = await startRegistry({
        ...(address.startsWith("https") ? { tls: { cert, key } } : {}),
      });
      await using proxy = await startForwardProxy(registry.address);
      assert.equal(await get(address, environmentFor(proxy, "me:s3cret@")), 200);
      assert.deepEqual(proxy.authorizations, [`Basic ${Buffer.from("me:s3cret").toString("base64")}`]);
    });
  }

  it("is asked directly on this machine", async () => {
    await using registry = await startRegistry();
    await using proxy = await startForwardProxy("127.0.0.1:1");
    assert.equal(await get(`http://${registry.address}/v2/`, environmentFor(proxy)), 200);
    assert.deepEqual(proxy.requests, []);
  });
});

const known = await tlsAuthority("The proxy's");
const identity = await known.server({ address: "localhost" });

const byName = ({ address }: ForwardProxy): string => address.replace("127.0.0.1", "localhost");

describe("a proxy that speaks TLS", () => {
  const tls = { cert: identity.certificate, key: identity.key };
  const address = "https://registry.example/v2/";

  it("is asked once it has proved itself to the system's CAs", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry({ tls: { cert, key } });
    await using proxy = await startForwardProxy(registry.address, { tls });
    const variables = {
      HTTPS_PROXY: `https://${byName(proxy)}`,
      SSL_CERT_FILE: root.write("ca.pem", known.certificate),
    };
    assert.equal(await get(address, variables), 200);
    assert.deepEqual(proxy.requests, ["CONNECT registry.example:443"]);
  });

  it("is asked for who speaks plain HTTP too", async () => {
    using root = temporaryRoot();
    await using registry = await startRegistry();
    await using proxy = await startForwardProxy(registry.address, { tls });
    const variables = {
      HTTP_PROXY: `https://${byName(proxy)}`,
      SSL_CERT_FILE: root.write("ca.pem", known.certificate),
    };
    assert.equal(await get("http://registry.example/v2/", variables), 200);
    assert.deepEqual(proxy.requests, ["GET http://registry.example/v2/"]);
  });

  it("is not asked before, whatever the registry behind it may be", async () => {
    await using registry = await startRegistry({ tls: { cert, key } });
    await using proxy = await startForwardProxy(registry.address, { tls });
    const variables = { HTTPS_PROXY: `https://${byName(proxy)}` };
    for (const skipVerify of [false, true]) {
      assert.match(
        String(await get(address, variables, skipVerify)),
        /certificate signed by unknown authority$/,
      );
    }
    assert.deepEqual(proxy.requests, []);
  });
});

describe("a proxy that is no help is told as such:", () => {
  for (const address of ["http://registry.example/v2/", "https://registry.example/v2/"]) {
    it(`it wants a password, for ${address}`, async () => {
      await using proxy = await startForwardProxy("127.0.0.1:1", { refusal: 407 });
      assert.equal(await get(address, environmentFor(proxy)), "Proxy Authentication Required");
    });
  }

  it("it refuses the tunnel", async () => {
    await using proxy = await startForwardProxy("127.0.0.1:1", { refusal: 403 });
    assert.equal(await get("https://registry.example/v2/", environmentFor(proxy)), "Forbidden");
  });

  for (const address of ["http://registry.example/v2/", "https://registry.example/v2/"]) {
    it(`it is not there, for ${address}`, async () => {
      const variables = { HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1" };
      assert.equal(
        await get(address, variables),
        "proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused",
      );
    });
  }

  for (const [why, HTTPS_PROXY] of [
    ["it has no address", "http://u:s3cret@"],
    ["its password is none to a URL", "http://u:s3cret%zz@proxy.example"],
  ] as const) {
    it(why, async () => {
      await assert.rejects(get("https://registry.example/v2/", { HTTPS_PROXY }), {
        code: "CONFIG_INVALID",
        message:
          "HTTPS_PROXY is not the address of an HTTP proxy; write http://HOST:PORT or https://HOST:PORT",
      });
    });
  }
});
