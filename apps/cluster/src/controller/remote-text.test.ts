import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, before, describe, it } from "node:test";
import { type Connections, openConnections } from "@countersign/sources/registry/connections";
import { bareMachine } from "@countersign/testkit/registry/bare-machine";
import {
  corrupts,
  type Fault,
  hangs,
  neverEnds,
  redirects,
  resets,
  stalls,
} from "@countersign/testkit/registry/faults";
import { type FaultyServer, startFaultyServer } from "@countersign/testkit/registry/faulty-server";
import { startForwardProxy } from "@countersign/testkit/registry/forward-proxy";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { type TlsAuthority, tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import { remoteKey, remoteText } from "./remote-text.ts";

const { signal: unending } = new AbortController();
const patienceMs = 10_000;
const content = "predicate.ok";
const maxText = 1024 * 1024;
const largest = "x".repeat(maxText);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

let server: FaultyServer;
let connections: Connections;
let authority: TlsAuthority;
let caBundle: string;
const root = temporaryRoot();
before(async () => {
  authority = await tlsAuthority();
  const { certificate: cert, key } = await authority.server();
  caBundle = root.write("ca.pem", authority.certificate);
  const files = new Map([
    ["/policy.cel", content],
    ["/largest", largest],
    ["/larger", `${largest}x`],
    ["/empty", ""],
  ]);
  server = await startFaultyServer(
    ({ path }) => {
      const file = files.get(path);
      return file === undefined
        ? answer(404)
        : answer(200, { "content-type": "text/plain" }, Buffer.from(file));
    },
    { cert, key },
  );
  connections = openConnections({ ...bareMachine, caBundle });
});
afterEach(() => {
  server.heal();
  server.forgetRequests();
});
after(async () => {
  await connections.close();
  root[Symbol.dispose]();
  await server.close();
});

/** By TLS no connection can be reset. */
const breaksOff: Fault = ({ status, body }, response) => {
  response.writeHead(status, { "content-length": body.length });
  response.write(body.subarray(0, 3), () => response.destroy());
};

const urlOf = (path: string) => `https://${server.address}${path}`;
const ask = (
  path = "/policy.cel",
  checksum = sha256(content),
  signal = unending,
  timing: ManualTiming = manualTiming(),
) => remoteText(timing, connections)(remoteKey(urlOf(path), checksum), signal);
const failing = (message: RegExp) => ({ code: "CONFIG_INVALID", message });

describe("remoteText, where a proxy leads out,", () => {
  const key = remoteKey("https://policies.example/policy.cel", sha256(content));
  /** What comes of it with these variables, and what the proxy was asked. */
  async function askedBy(ca = caBundle) {
    const { certificate, key: tlsKey } = await authority.server({ address: "policies.example" });
    await using behind = await startFaultyServer(() => answer(200, {}, Buffer.from(content)), {
      ...{ cert: certificate, key: tlsKey },
    });
    await using proxy = await startForwardProxy(behind.address);
    const httpsProxy = `http://us:secret@${proxy.address}`;
    const open = openConnections({
      ...{ ...bareMachine, caBundle: ca },
      proxies: { httpProxy: undefined, noProxy: undefined, httpsProxy },
    });
    try {
      const text = await remoteText(manualTiming(), open)(key, unending).catch(
        (error: Error) => error.message,
      );
      return { text, requests: proxy.requests, authorizations: proxy.authorizations, seen: behind.requests };
    } finally {
      await open.close();
    }
  }

  it("asks by it, through a tunnel, and gives its password to nobody else", async () => {
    const { text, requests, authorizations, seen } = await askedBy();
    assert.equal(text, content);
    assert.deepEqual(requests, ["CONNECT policies.example:443"]);
    assert.equal(authorizations[0], `Basic ${Buffer.from("us:secret").toString("base64")}`);
    assert.deepEqual(Object.keys(seen[0]?.headers ?? {}).sort(), ["connection", "host"]);
  });

  it("believes the CAs that registries are believed by, and no others", async () => {
    const other = root.write("other.pem", (await tlsAuthority("Another")).certificate);
    const { text, seen } = await askedBy(other);
    assert.match(String(text), /policies\.example\/policy\.cel: .*certificate/);
    assert.doesNotMatch(String(text), /secret/);
    assert.deepEqual(seen, []);
  });

  it("asks without it for what is excepted, as this machine itself always is", async () => {
    await using proxy = await startForwardProxy(server.address);
    const httpsProxy = `http://${proxy.address}`;
    const proxies = { httpProxy: undefined, noProxy: "127.0.0.1", httpsProxy };
    const open = openConnections({ ...bareMachine, caBundle, proxies });
    try {
      const local = remoteKey(urlOf("/policy.cel"), sha256(content));
      assert.equal(await remoteText(manualTiming(), open)(local, unending), content);
      assert.deepEqual(proxy.requests, []);
    } finally {
      await open.close();
    }
  });
});

describe("remoteText", () => {
  it("gives what is there if it has the checksum, however that is written", async () => {
    assert.equal(await ask(), content);
    assert.equal(await ask("/policy.cel", sha256(content).toUpperCase()), content);
    assert.equal(await ask("/empty", sha256("")), "");
  });

  it("sends nothing along", async () => {
    await ask();
    const [{ method, headers, body } = { method: "", headers: {}, body: "" }] = server.requests;
    assert.deepEqual([method, Object.keys(headers).sort(), body], ["GET", ["connection", "host"], ""]);
  });

  it("takes a text as large as allowed, and none that is larger", async () => {
    assert.equal(await ask("/largest", sha256(largest)), largest);
    await assert.rejects(
      ask("/larger", sha256(`${largest}x`)),
      failing(/\/larger: it has more than 1048576 bytes/),
    );
  });

  it("leaves no alarm behind", async () => {
    const timing = manualTiming();
    await ask("/policy.cel", sha256(content), unending, timing);
    await assert.rejects(ask("/absent", "", unending, timing));
    assert.equal(timing.awaited, 0);
  });

  for (const url of [
    "http://policies.example/a",
    "file:///etc/passwd",
    "policies.example",
    "",
    "https://",
    "HTTP://policies.example",
  ]) {
    it(`asks nobody for ${JSON.stringify(url)}`, async () => {
      const asked = remoteText(manualTiming(), connections)(remoteKey(url, sha256(content)), unending);
      await assert.rejects(asked, failing(/: only https is fetched$/));
    });
  }

  it("does not cut an address at a blank in it", async () => {
    await assert.rejects(ask("/policy.cel no more"), failing(/it answered 404/));
    assert.equal(server.requests[0]?.path, "/policy.cel%20no%20more");
  });

  const faults: ReadonlyArray<readonly [what: string, fault: Fault, message: RegExp]> = [
    ["answers that it has no such thing", answersWith(404), /\/policy\.cel: it answered 404/],
    ["answers that it is broken", answersWith(500), /it answered 500/],
    ["answers with a part", answersWith(206), /it answered 206/],
    ["sends elsewhere", redirects("https://elsewhere.example/"), /it answered 307/],
    ["gives other bytes", corrupts(), /its SHA-256 is [0-9a-f]{64}, and the policy says [0-9a-f]{64}/],
    ["sends without end", neverEnds(), /it has more than 1048576 bytes/],
    ["breaks off", breaksOff, /\/policy\.cel: /],
    ["breaks the connection", resets(), /\/policy\.cel: /],
  ];
  for (const [what, fault, message] of faults) {
    it(`gives nothing of a server that ${what}`, async () => {
      server.fail(/./, fault);
      await assert.rejects(ask(), failing(message));
    });
  }

  it("follows no redirect to where the text is", async () => {
    server.fail(/first/, redirects("/policy.cel", 301));
    await assert.rejects(ask("/first"), failing(/it answered 301/));
    assert.deepEqual(
      server.requests.map(({ path }) => path),
      ["/first"],
    );
  });

  it("believes no server whose certificate nobody trusts", async () => {
    const strict = openConnections(bareMachine);
    const asked = remoteText(manualTiming(), strict)(
      remoteKey(urlOf("/policy.cel"), sha256(content)),
      unending,
    );
    await assert.rejects(asked, failing(/certificate/));
    assert.deepEqual(server.requests, []);
    await strict.close();
  });

  it("waits for no server that never answers", async () => {
    const timing = manualTiming();
    server.fail(/./, hangs());
    const rejected = assert.rejects(
      ask("/policy.cel", sha256(content), unending, timing),
      failing(/\/policy\.cel: it does not answer within 10 s/),
    );
    await timing.untilAwaited(patienceMs);
    timing.advance(patienceMs);
    await rejected;
  });

  it("waits for no server that stops in the middle", async () => {
    const timing = manualTiming();
    const { promise: stalled, resolve } = Promise.withResolvers<void>();
    server.fail(/./, stalls(resolve));
    const rejected = assert.rejects(
      ask("/policy.cel", sha256(content), unending, timing),
      failing(/it does not answer within 10 s/),
    );
    await stalled;
    timing.advance(patienceMs);
    await rejected;
  });

  it("ends when nobody waits any more", async () => {
    const stop = new AbortController();
    const { promise: stalled, resolve } = Promise.withResolvers<void>();
    server.fail(/./, stalls(resolve));
    const rejected = assert.rejects(ask("/policy.cel", sha256(content), stop.signal), { code: "CANCELLED" });
    await stalled;
    stop.abort();
    await rejected;
  });
});

function answersWith(status: number): Fault {
  return (honest, response) => {
    response.writeHead(status, { "content-length": honest.body.length });
    response.end(honest.body);
  };
}
