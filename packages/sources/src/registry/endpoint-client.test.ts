import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bareMachine } from "@countersign/testkit/registry/bare-machine";
import { answers, type Fault, redirects, resets } from "@countersign/testkit/registry/faults";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import {
  type RecordedRequest,
  startRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from "@countersign/testkit/registry/registry";
import { answer, refusal } from "@countersign/testkit/registry/registry-answer";
import { tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import type { RegistryCredentials } from "../credentials/credentials.ts";
import { type ApiEndpoint, apiRoots } from "./api-endpoint.ts";
import { confidentialHeaders, sendingHeaders } from "./configured-headers.ts";
import { openConnections } from "./connections.ts";
import { endpointClient } from "./endpoint-client.ts";
import { endpointMemory } from "./endpoint-memory.ts";
import { httpClient } from "./http-client.ts";
import { tokenCache } from "./token-cache.ts";

const { signal } = new AbortController();
const users = { u: "p" };
const right: RegistryCredentials = { type: "basic", username: "u", password: "p" };
const wrong: RegistryCredentials = { type: "basic", username: "u", password: "s3cret" };

interface Asker extends AsyncDisposable {
  readonly registry: TestRegistry;
  readonly timing: ManualTiming;
  /** the status of `GET manifests/v1`, or the error's code and message */
  ask(credentials?: RegistryCredentials, endpoint?: Partial<ApiEndpoint>): Promise<number | string>;
}

interface AskerOptions extends TestRegistryOptions {
  readonly schemes?: readonly [string, ...string[]];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Everything that asks one host for one repository of hub.example, with connections of its own. */
async function asker(options: AskerOptions = {}): Promise<Asker> {
  const { schemes = ["http"], headers = {}, ...rest } = options;
  const registry = await startRegistry(rest);
  registry.image(options.mirrors ? "hub.example/team/app:v1" : "team/app:v1");
  const timing = manualTiming();
  const connections = openConnections(bareMachine);
  const memory = { endpoints: endpointMemory(timing.now), tokens: tokenCache(timing.now) };
  const terms = { certificates: { authorities: [], identities: [] }, skipVerify: true };
  const configured = confidentialHeaders(
    new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
  );
  const http = {
    hasty: sendingHeaders(httpClient(connections, terms, timing, 1), configured),
    patient: sendingHeaders(httpClient(connections, terms, timing), configured),
  };
  return {
    registry,
    timing,
    async ask(credentials, endpoint = {}) {
      const roots = apiRoots(schemes, registry.address);
      const whole = {
        roots,
        path: options.apiPath ?? "/v2",
        namespace: "hub.example",
        repository: "team/app",
        ...endpoint,
      };
      const client = endpointClient(whole, credentials, http, memory);
      try {
        return (await client.get("manifests/v1", "a/b", 1_000_000, signal)).status;
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        return `${code} ${message}`;
      }
    },
    async [Symbol.asyncDispose]() {
      await connections.close();
      await registry.close();
    },
  };
}

const asked = ({ requests }: TestRegistry): string[] =>
  requests.map(({ method, path }) => `${method} ${path}`);
const authorization = ({ headers }: RecordedRequest): unknown => headers["authorization"];

describe("endpointClient", () => {
  it("asks for nothing but what is wanted, and says which registry is meant", async () => {
    await using host = await asker({ mirrors: true });
    assert.equal(await host.ask(), 200);
    assert.deepEqual(asked(host.registry), ["GET /v2/team/app/manifests/v1?ns=hub.example"]);
    const [{ headers } = {}] = host.registry.requests;
    assert.deepEqual([headers?.["accept"], headers?.["authorization"]], ["a/b", undefined]);
  });

  it("says nothing of the kind to the registry itself", async () => {
    await using host = await asker();
    assert.equal(await host.ask(undefined, { namespace: undefined }), 200);
    assert.deepEqual(asked(host.registry), ["GET /v2/team/app/manifests/v1"]);
  });

  it("tells a registry with a port, too", async () => {
    await using host = await asker();
    await host.ask(undefined, { namespace: "hub.example:5000" });
    assert.deepEqual(asked(host.registry), ["GET /v2/team/app/manifests/v1?ns=hub.example%3A5000"]);
  });

  const paths: readonly (readonly [path: string, asked: string])[] = [
    ["/us/v2", "/us/v2/team/app/manifests/v1"],
    ["/v2/hub", "/v2/hub/team/app/manifests/v1"],
    ["", "/team/app/manifests/v1"],
    ["//us//v2", "/us/v2/team/app/manifests/v1"],
    ["/a b/v2", "/a%20b/v2/team/app/manifests/v1"],
    ["/a?b#c", "/a%3Fb%23c/team/app/manifests/v1"],
    ["/a\\..\\b", "/a%5C..%5Cb/team/app/manifests/v1"],
  ];
  for (const [path, wanted] of paths) {
    it(`finds an API at ${JSON.stringify(path)}`, async () => {
      await using host = await asker();
      await host.ask(undefined, { path, namespace: undefined });
      assert.deepEqual(asked(host.registry), [`GET ${wanted}`]);
    });
  }
});

describe("endpointClient proves who asks", () => {
  it("by name and password when it is asked for them", async () => {
    await using host = await asker({ access: { type: "basic", users } });
    assert.equal(await host.ask(right), 200);
    assert.deepEqual(host.registry.requests.map(authorization), [
      undefined,
      `Basic ${Buffer.from("u:p").toString("base64")}`,
    ]);
  });

  it("at once when it was asked for them before", async () => {
    await using host = await asker({ access: { type: "basic", users } });
    assert.deepEqual([await host.ask(right), await host.ask(right)], [200, 200]);
    assert.equal(host.registry.requests.length, 3);
  });

  it("not at once any more after a minute", async () => {
    await using host = await asker({ access: { type: "basic", users } });
    await host.ask(right);
    host.timing.advance(60_000);
    await host.ask(right);
    assert.equal(host.registry.requests.length, 4);
  });

  it("by a token for the name the host knows the repository by", async () => {
    await using host = await asker({
      access: { type: "bearer", users },
      apiPath: "/v2/hub",
    });
    assert.equal(await host.ask(right), 200);
    const [, token] = host.registry.requests;
    assert.deepEqual(new URL(token?.path ?? "", "http://h").searchParams.getAll("scope"), [
      "repository:team/app:pull",
    ]);
  });

  it("by a token for both names, where the host has another one", async () => {
    await using host = await asker({ access: { type: "bearer", users }, mirrors: true });
    assert.equal(await host.ask(right), 200);
    const [, token] = host.registry.requests;
    assert.deepEqual(new URL(token?.path ?? "", "http://h").searchParams.getAll("scope"), [
      "repository:hub.example/team/app:pull",
      "repository:team/app:pull",
    ]);
  });

  it("by a token rather than by a password, if it has the choice", async () => {
    await using host = await asker({ access: { type: "bearer", users } });
    const challenges = [`Basic realm="x"`, `Bearer realm="http://${host.registry.address}/token"`];
    host.registry.fail(/manifests/, answers(answer(401, { "www-authenticate": challenges })), 1);
    assert.equal(await host.ask(right), 200);
    assert.match(String(authorization(host.registry.requests.at(-1) as RecordedRequest)), /^Bearer /);
  });

  it("by a token for anyone, when there are no credentials", async () => {
    await using host = await asker({
      access: { type: "bearer", users, publicRepositories: ["team/app"] },
    });
    assert.equal(await host.ask(), 200);
  });

  it("by a new token, when the one it kept is not taken any more", async () => {
    await using host = await asker({ access: { type: "bearer", users } });
    assert.equal(await host.ask(right), 200);
    host.registry.revokeTokens();
    assert.equal(await host.ask(right), 200);
    assert.deepEqual(
      asked(host.registry).map((line) => line.split("?")[0]),
      [
        "GET /v2/team/app/manifests/v1",
        "GET /token",
        "GET /v2/team/app/manifests/v1",
        "GET /v2/team/app/manifests/v1",
        "GET /token",
        "GET /v2/team/app/manifests/v1",
      ],
    );
  });

  it("by a token with a further scope, once the host names it", async () => {
    await using host = await asker({ access: { type: "bearer", users, extraScope: "repository:base:pull" } });
    assert.equal(await host.ask(right), 200);
  });

  it("no more than twice", async () => {
    await using host = await asker({ access: { type: "basic", users } });
    assert.equal(await host.ask(wrong), 401);
    assert.equal(await host.ask(wrong), 401);
    assert.equal(host.registry.requests.length, 3);
  });

  it("no more than three times to a host that never has enough", async () => {
    await using host = await asker({ access: { type: "bearer", users } });
    let scopes = 0;
    const more: Fault = (honest, response) => {
      const challenge = `Bearer realm="http://${host.registry.address}/token",scope="repository:x${scopes++}:pull"`;
      answers(answer(401, { "www-authenticate": challenge }))(honest, response);
    };
    host.registry.fail(/manifests/, more);
    assert.equal(await host.ask(right), 401);
    assert.equal(scopes, 3);
  });

  it("not at all without credentials that fit", async () => {
    await using host = await asker({ access: { type: "basic", users } });
    assert.equal(await host.ask(), 401);
    assert.equal(host.registry.requests.length, 1);
  });

  it("not to a stranger whom the host sends us to", async () => {
    await using host = await asker({ access: { type: "anonymous" }, headers: { "x-key": "k3y-of-ours" } });
    await using stranger = await startRegistry({ access: { type: "bearer", users } });
    host.registry.fail(/manifests/, redirects(`http://${stranger.address}/v2/team/app/manifests/v1`));
    assert.equal(await host.ask(right), 401);
    assert.deepEqual(asked(stranger), ["GET /v2/team/app/manifests/v1"]);
    assert.deepEqual(
      stranger.requests.map(({ headers }) => [headers["authorization"], headers["x-key"]]),
      [[undefined, undefined]],
    );
  });
});

describe("endpointClient sends configured headers", () => {
  it("with every request, the one for a token too", async () => {
    await using host = await asker({ access: { type: "bearer", users }, headers: { "X-Key": "k3y" } });
    assert.equal(await host.ask(right), 200);
    assert.deepEqual(
      host.registry.requests.map(({ headers }) => headers["x-key"]),
      ["k3y", "k3y", "k3y"],
    );
  });

  it("as proof of who asks, until there is a better one", async () => {
    const basic = `Basic ${Buffer.from("u:p").toString("base64")}`;
    await using host = await asker({ access: { type: "basic", users }, headers: { Authorization: basic } });
    assert.equal(await host.ask(), 200);
    assert.deepEqual(host.registry.requests.map(authorization), [basic]);
    const old = `Basic ${Buffer.from("u:old").toString("base64")}`;
    await using other = await asker({ access: { type: "basic", users }, headers: { authorization: old } });
    assert.equal(await other.ask(right), 200);
    assert.deepEqual(other.registry.requests.map(authorization), [old, basic]);
  });

  it("as who asks, and as what is taken besides", async () => {
    await using host = await asker({ headers: { "user-agent": "mine/1", accept: "c/d" } });
    await host.ask();
    const [{ headers } = {}] = host.registry.requests;
    assert.deepEqual([headers?.["user-agent"], headers?.["accept"]], ["mine/1", "c/d, a/b"]);
  });

  it("but not those that belong to the connection", async () => {
    await using host = await asker({
      headers: {
        Host: "other.example",
        "Transfer-Encoding": "chunked",
        "accept-encoding": "gzip",
        "x-a": "1",
      },
    });
    assert.equal(await host.ask(), 200);
    const [{ headers } = {}] = host.registry.requests;
    assert.deepEqual(
      [headers?.["host"], headers?.["transfer-encoding"], headers?.["accept-encoding"], headers?.["x-a"]],
      [host.registry.address, undefined, undefined, "1"],
    );
  });

  it("and repeats them in no message, whatever the host says", async () => {
    await using host = await asker({ headers: { "x-key": "k3y-of-ours" } });
    const echo: Fault = (_honest, response) =>
      answers(
        refusal(401, "DENIED", `you said ${response.req.headers["x-key"]}`, {
          "www-authenticate": 'Bearer realm=""',
        }),
      )(_honest, response);
    host.registry.fail(/./, echo);
    assert.doesNotMatch(String(await host.ask(right)), /k3y-of-ours/);
  });
});

describe("confidentialHeaders refuses, without repeating a value,", () => {
  for (const [why, name, value, message] of [
    ["a name that is none", "x key", "s3cret", 'net/http: invalid header field name "x key"'],
    ["no name", "", "s3cret", 'net/http: invalid header field name ""'],
    ["a value of two lines", "x-a", "s3cret\r\nx-b: 1", 'net/http: invalid header field value for "x-a"'],
    ["a value beyond Latin-1", "x-a", "s3cret€", 'net/http: invalid header field value for "x-a"'],
  ] as const) {
    it(why, () =>
      assert.throws(() => confidentialHeaders(new Map([[name, [value]]])), {
        code: "CONFIG_INVALID",
        message,
      }),
    );
  }
});

describe("endpointClient with a host that may speak plain HTTP", () => {
  it("finds out, and knows it next time", async () => {
    await using host = await asker({ schemes: ["https", "http"] });
    assert.deepEqual([await host.ask(), await host.ask()], [200, 200]);
    assert.equal(host.registry.requests.length, 2);
  });

  it("speaks TLS where that is understood", async () => {
    const authority = await tlsAuthority();
    const { certificate: cert, key } = await authority.server();
    await using host = await asker({ schemes: ["https", "http"], tls: { cert, key } });
    assert.equal(await host.ask(), 200);
  });

  it("tells that nobody is there, at a port of somebody's choice", async () => {
    await using host = await asker({ schemes: ["https", "http"] });
    const roots = apiRoots(["https", "http"], "127.0.0.1:1");
    assert.equal(
      await host.ask(undefined, { roots }),
      'REGISTRY_UNREACHABLE Get "https://127.0.0.1:1/v2/team/app/manifests/v1?ns=hub.example": dial tcp 127.0.0.1:1: connect: connection refused',
    );
  });

  it("does not fall back for any other trouble", async () => {
    await using host = await asker({ schemes: ["https", "http"] });
    host.registry.fail(/./, resets());
    await using secure = await asker({ schemes: ["https"] });
    assert.match(String(await secure.ask()), /server gave HTTP response to HTTPS client$/);
  });
});

describe("endpointClient waits", () => {
  it("for nobody who has not answered yet", async () => {
    await using host = await asker();
    host.registry.fail(/manifests/, answers(answer(503)));
    assert.equal(await host.ask(), 503);
    assert.deepEqual([host.registry.requests.length, host.timing.slept], [1, []]);
  });
});

describe("apiRoots refuses", () => {
  for (const [why, host] of [
    ["no host", ""],
    ["a port that is none", "h:99999"],
    ["what would be a user", "u@h"],
    ["what would be a path", "h/x"],
    ["a space", "a b"],
  ] as const) {
    it(why, () => assert.throws(() => apiRoots(["https"], host), { code: "CONFIG_INVALID" }));
  }
});
