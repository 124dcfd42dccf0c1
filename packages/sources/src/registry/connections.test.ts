import assert from "node:assert/strict";
import { once } from "node:events";
import { createSecureServer } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { bareMachine } from "@countersign/testkit/registry/bare-machine";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { type TlsIdentity, tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import type { ClientIdentity, HostCertificates } from "../containers-config/certs-d.ts";
import { type NetworkEnvironment, openConnections } from "./connections.ts";
import { exchange } from "./exchange.ts";

const [ours, theirs] = await Promise.all([tlsAuthority("Ours"), tlsAuthority("Theirs")]);
const [server, expired, elsewhere, otherAddress, foreign, client, stranger] = await Promise.all([
  ours.server(),
  ours.server({ notAfter: new Date("2021-01-01") }),
  ours.server({ address: "other.example" }),
  ours.server({ address: "10.0.0.1" }),
  theirs.server(),
  ours.client("me"),
  theirs.client("stranger"),
]);

const bytes = (text: string): Uint8Array => Buffer.from(text);
const identity = ({ certificate, key }: TlsIdentity): ClientIdentity => ({
  path: "/certs.d/h/me.cert",
  certificate: bytes(certificate),
  key: bytes(key),
});
const trusting = (...authorities: string[]): HostCertificates => ({
  authorities: authorities.map(bytes),
  identities: [],
});

interface Peer {
  readonly identity: TlsIdentity;
  /** whose clients it lets in; undefined asks nobody */
  readonly clientsOf?: string;
}

/** Status, or the reason why there is none. */
async function connect(
  peer: Peer,
  certificates: HostCertificates,
  options: { readonly skipVerify?: boolean } & Partial<NetworkEnvironment> = {},
): Promise<number | string> {
  const clients =
    peer.clientsOf === undefined ? {} : { ca: peer.clientsOf, requestCert: true, rejectUnauthorized: true };
  await using registry = await startRegistry({
    tls: { cert: peer.identity.certificate, key: peer.identity.key, ...clients },
  });
  const connections = openConnections({ ...bareMachine, ...options });
  try {
    const url = new URL(`https://${registry.address}/v2/`);
    const terms = { certificates, skipVerify: options.skipVerify ?? false };
    const sender = await connections.sender(terms, url);
    const request = { method: "GET", url, headers: {}, bodyLimit: 100 } as const;
    const result = await exchange(sender, request, manualTiming(), new AbortController().signal);
    return result.type === "answer" ? result.status : result.reason;
  } finally {
    await connections.close();
  }
}

describe("a registry's certificate is taken when", () => {
  it("certs.d has its CA", async () =>
    assert.equal(await connect({ identity: server }, trusting(ours.certificate)), 200));
  it("certs.d has its CA among others, and among what is none", async () =>
    assert.equal(
      await connect({ identity: server }, trusting("junk", theirs.certificate, ours.certificate)),
      200,
    ));
  it("the system has its CA", async () => {
    using root = temporaryRoot();
    root.write("etc/pki/tls/certs/ca-bundle.crt", ours.certificate);
    assert.equal(await connect({ identity: server }, trusting(), { systemRoot: root.path }), 200);
  });
  it("the bundle in SSL_CERT_FILE has its CA", async () => {
    using root = temporaryRoot();
    const caBundle = root.write("bundle.pem", ours.certificate);
    assert.equal(await connect({ identity: server }, trusting(), { caBundle }), 200);
  });
  it("a directory in SSL_CERT_DIR has its CA, besides the bundle", async () => {
    using root = temporaryRoot();
    root.write("etc/pki/tls/certs/ca-bundle.crt", theirs.certificate);
    root.write("ours/README", "not a certificate");
    root.write("ours/ours.pem", ours.certificate);
    const { path: systemRoot } = root;
    const caDirectories = [`${root.path}/none`, `${root.path}/ours`];
    assert.equal(await connect({ identity: server }, trusting(), { systemRoot, caDirectories }), 200);
    assert.equal(await connect({ identity: foreign }, trusting(), { systemRoot, caDirectories }), 200);
  });
  it("the system's directory has its CA, where there is no bundle", async () => {
    using root = temporaryRoot();
    root.write("etc/ssl/certs/ours.pem", ours.certificate);
    assert.equal(await connect({ identity: server }, trusting(), { systemRoot: root.path }), 200);
  });
  it("nobody is to look, for a registry configured insecure", async () =>
    assert.equal(await connect({ identity: expired }, trusting(), { skipVerify: true }), 200));
});

describe("a registry's certificate is refused when", () => {
  const x509 = "tls: failed to verify certificate: x509: ";
  const rows: readonly (readonly [why: string, identity: TlsIdentity, reason: string])[] = [
    ["another CA made it", foreign, `${x509}certificate signed by unknown authority`],
    ["it has expired", expired, `${x509}certificate has expired or is not yet valid`],
    [
      "it is for another name",
      elsewhere,
      `${x509}cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs`,
    ],
    ["it is for another address", otherAddress, `${x509}certificate is valid for 10.0.0.1, not 127.0.0.1`],
  ];
  for (const [why, peer, reason] of rows) {
    it(why, async () => assert.equal(await connect({ identity: peer }, trusting(ours.certificate)), reason));
  }
  it("nobody vouches for it", async () =>
    assert.equal(
      await connect({ identity: server }, trusting()),
      `${x509}certificate signed by unknown authority`,
    ));
});

it("SSL_CERT_DIR takes the place of the system's directories", async () => {
  using root = temporaryRoot();
  root.write("etc/ssl/certs/ours.pem", ours.certificate);
  root.write("theirs/theirs.pem", theirs.certificate);
  const caDirectories = [`${root.path}/theirs`];
  assert.equal(
    await connect({ identity: server }, trusting(), { systemRoot: root.path, caDirectories }),
    "tls: failed to verify certificate: x509: certificate signed by unknown authority",
  );
});

describe("a registry that wants to know its clients", () => {
  const peer = { identity: server, clientsOf: ours.certificate };
  const showing = (shown: TlsIdentity): HostCertificates => ({
    authorities: [bytes(ours.certificate)],
    identities: [identity(shown)],
  });
  it("lets in who shows a certificate", async () => assert.equal(await connect(peer, showing(client)), 200));
  it("closes the door on others", async () =>
    assert.equal(await connect(peer, trusting(ours.certificate)), "remote error: tls: certificate required"));
  it("closes the door on certificates of others", async () =>
    assert.equal(await connect(peer, showing(stranger)), "EOF"));
});

describe("a client certificate is refused, without repeating its key, when", () => {
  const rows: readonly (readonly [why: string, broken: TlsIdentity, reason: RegExp])[] = [
    [
      "the key belongs to another",
      { ...client, key: stranger.key },
      /^client certificate \/certs\.d\/h\/me\.cert: tls: private key does not match public key$/,
    ],
    [
      "it is no certificate",
      { ...client, certificate: "junk" },
      /^client certificate \/certs\.d\/h\/me\.cert: tls: failed to find any PEM data$/,
    ],
    [
      "the key is none",
      { ...client, key: "s3cret" },
      /^client certificate \/certs\.d\/h\/me\.cert: (?!.*s3cret)/,
    ],
  ];
  for (const [why, broken, message] of rows) {
    it(why, () =>
      assert.rejects(connect({ identity: server }, { authorities: [], identities: [identity(broken)] }), {
        code: "CONFIG_INVALID",
        message,
      }),
    );
  }
});

describe("connections", () => {
  it("are shared by those who ask on equal terms, and by no others", async () => {
    const proxies = { ...bareMachine.proxies, httpProxy: "p.example" };
    const connections = openConnections({ ...bareMachine, proxies });
    const with_ = (
      certificates: HostCertificates,
      skipVerify = false,
      url = "https://h/",
      connectTimeout?: number,
    ) => connections.sender({ certificates, skipVerify, connectTimeout }, new URL(url));
    const first = await with_(trusting(ours.certificate));
    assert.equal(await with_(trusting(ours.certificate)), first);
    assert.notEqual(await with_(trusting(theirs.certificate)), first);
    assert.notEqual(await with_(trusting(ours.certificate), true), first);
    assert.notEqual(await with_(trusting(ours.certificate), false, "http://h/"), first);
    assert.notEqual(await with_(trusting(ours.certificate), false, "https://h/", 1000), first);
    assert.notEqual(await with_({ ...trusting(ours.certificate), identities: [identity(client)] }), first);
    await connections.close();
  });

  it("to a server that speaks no TLS fail in Go's words", async () => {
    await using registry = await startRegistry();
    const connections = openConnections(bareMachine);
    const url = new URL(`https://${registry.address}/`);
    const sender = await connections.sender({ certificates: trusting(), skipVerify: true }, url);
    const result = await exchange(
      sender,
      { method: "GET", url, headers: {}, bodyLimit: 1 },
      manualTiming(),
      new AbortController().signal,
    );
    assert.ok(result.type === "failure");
    assert.equal(result.reason, "http: server gave HTTP response to HTTPS client");
    await connections.close();
  });

  it("to a server that speaks no HTTP fail and say so", async () => {
    const noise = createServer((socket) => socket.end("SSH-2.0-noise\r\n\r\n"));
    await new Promise<void>((resolve) => noise.listen(0, "127.0.0.1", resolve));
    const connections = openConnections(bareMachine);
    const { port } = noise.address() as { port: number };
    const url = new URL(`http://127.0.0.1:${port}/`);
    const sender = await connections.sender({ certificates: trusting(), skipVerify: true }, url);
    const request = {
      method: "GET",
      url,
      headers: {},
      bodyLimit: 1,
    } as const;
    const result = await exchange(sender, request, manualTiming(), new AbortController().signal);
    await connections.close();
    noise.close();
    assert.ok(result.type === "failure");
    assert.match(result.reason, /^malformed HTTP response: /);
  });
});

it("a registry that would rather speak HTTP/2 is asked in HTTP/1.1, which the limits are made and tested for", async () => {
  const versions: string[] = [];
  const registry = createSecureServer(
    { cert: server.certificate, key: server.key, allowHTTP1: true },
    (request, response) => {
      versions.push(request.httpVersion);
      response.end();
    },
  );
  await once(registry.listen(0, "127.0.0.1"), "listening");
  const connections = openConnections(bareMachine);
  try {
    const url = new URL(`https://127.0.0.1:${(registry.address() as AddressInfo).port}/v2/`);
    const terms = { certificates: trusting(ours.certificate), skipVerify: false };
    const sender = await connections.sender(terms, url);
    const request = { method: "GET", url, headers: {}, bodyLimit: 100 } as const;
    const result = await exchange(sender, request, manualTiming(), new AbortController().signal);
    assert.equal(result.type, "answer");
    assert.deepEqual(versions, ["1.1"]);
  } finally {
    await connections.close();
    registry.close();
  }
});
