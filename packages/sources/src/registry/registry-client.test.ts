import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Access } from "@countersign/testkit/registry/access";
import { bareMachine } from "@countersign/testkit/registry/bare-machine";
import { answers, redirects, refuses, resets, tooManyRequests } from "@countersign/testkit/registry/faults";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import {
  type RecordedRequest,
  startRegistry,
  type TestRegistry,
} from "@countersign/testkit/registry/registry";
import { answer } from "@countersign/testkit/registry/registry-answer";
import type { RegistryCredentials } from "../credentials/credentials.ts";
import { openConnections } from "./connections.ts";
import { greetings } from "./greeting.ts";
import { httpClient } from "./http-client.ts";
import { registryClient } from "./registry-client.ts";
import { tokenCache } from "./token-cache.ts";

const { signal } = new AbortController();
const users = { u: "p" };
const right: RegistryCredentials = { type: "basic", username: "u", password: "p" };
const wrong: RegistryCredentials = { type: "basic", username: "u", password: "s3cret" };

/** Everything that asks one registry, with connections of its own. */
interface Asker extends AsyncDisposable {
  readonly registry: TestRegistry;
  readonly timing: ManualTiming;
  /** the status of `GET manifests/v1`, or the error's code and message */
  ask(credentials?: RegistryCredentials, repository?: string, domain?: string): Promise<number | string>;
}

async function asker(access: Access = { type: "anonymous" }): Promise<Asker> {
  const registry = await startRegistry({ access });
  registry.image("app:v1");
  registry.image("other:v1");
  const timing = manualTiming();
  const connections = openConnections(bareMachine);
  const memory = { greetings: greetings(timing.now), tokens: tokenCache(timing.now) };
  const trust = { certificates: { authorities: [], identities: [] }, skipVerify: true };
  const http = httpClient(connections, trust, timing);
  return {
    registry,
    timing,
    async ask(credentials, path = "app", domain = registry.address) {
      const repository = { domain, path, insecure: true };
      const client = registryClient(repository, credentials, http, memory);
      try {
        return (await client.get("manifests/v1", "*/*", 1_000_000, signal)).status;
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
  requests.map(({ method, path }) => `${method} ${path.split("?")[0]}`);
const authorization = ({ headers }: RecordedRequest): unknown => headers["authorization"];

describe("a registry lets in", () => {
  const bearer: Access = { type: "bearer", users, publicRepositories: ["app"] };
  const rows: readonly (readonly [
    whom: string,
    access: Access,
    credentials: RegistryCredentials | undefined,
    expected: number | RegExp,
  ])[] = [
    ["anyone when it asks nobody", { type: "anonymous" }, undefined, 200],
    ["those who have credentials it does not ask for", { type: "anonymous" }, wrong, 200],
    ["by name and password who is known", { type: "basic", users }, right, 200],
    ["by name and password nobody else", { type: "basic", users }, wrong, 401],
    ["by name and password nobody without", { type: "basic", users }, undefined, 401],
    [
      "by name and password nobody with tokens",
      { type: "basic", users },
      { type: "identityToken", token: "t" },
      401,
    ],
    ["by token who is known", { type: "bearer", users }, right, 200],
    [
      "by token nobody with a wrong password",
      { type: "bearer", users },
      wrong,
      /^REGISTRY_DENIED unable to retrieve auth token: invalid username\/password: unauthorized: incorrect username or password$/,
    ],
    ["by token nobody without a name", { type: "bearer", users }, undefined, 401],
    ["by token anyone to what is public", bearer, undefined, 200],
    [
      "by an identity token who is known",
      { type: "bearer", users, identityTokens: ["t"] },
      { type: "identityToken", token: "t" },
      200,
    ],
    [
      "by an identity token nobody else",
      { type: "bearer", users, identityTokens: ["t"] },
      { type: "identityToken", token: "x" },
      /^REGISTRY_DENIED /,
    ],
    [
      "by a registry token as it is",
      { type: "bearer", users, registryTokens: ["t"] },
      { type: "registryToken", token: "t" },
      200,
    ],
    [
      "by a registry token nobody else",
      { type: "bearer", users, registryTokens: ["t"] },
      { type: "registryToken", token: "x" },
      401,
    ],
    ["by a token under its other name", { type: "bearer", users, tokenField: "access_token" }, right, 200],
    [
      "by token, one more scope included",
      { type: "bearer", users, extraScope: "repository:base:pull" },
      right,
      200,
    ],
  ];
  for (const [whom, access, credentials, expected] of rows) {
    it(whom, async () => {
      await using client = await asker(access);
      const result = await client.ask(credentials);
      if (expected instanceof RegExp) assert.match(String(result), expected);
      else assert.equal(result, expected);
    });
  }
});

describe("a registry client", () => {
  it("greets once, and again a minute later", async () => {
    await using client = await asker();
    await client.ask();
    await client.ask();
    assert.deepEqual(asked(client.registry), [
      "GET /v2/",
      "GET /v2/app/manifests/v1",
      "GET /v2/app/manifests/v1",
    ]);
    client.timing.advance(60_000);
    await client.ask();
    assert.deepEqual(asked(client.registry).slice(3), ["GET /v2/", "GET /v2/app/manifests/v1"]);
  });

  it("keeps a token, for one repository and one user", async () => {
    await using client = await asker({
      type: "bearer",
      users,
      publicRepositories: ["app", "other"],
      lifetime: 300,
    });
    await client.ask(right);
    await client.ask(right);
    await client.ask(right, "other");
    await client.ask(undefined);
    assert.equal(asked(client.registry).filter((request) => request === "GET /token").length, 3);
  });

  it("fetches a new token before the old one expires", async () => {
    await using client = await asker({ type: "bearer", users, lifetime: 30 });
    await client.ask(right);
    client.timing.advance(20_000);
    assert.equal(await client.ask(right), 200);
    assert.equal(asked(client.registry).filter((request) => request === "GET /token").length, 2);
  });

  it("fetches a new token when the registry no longer takes the old one", async () => {
    await using client = await asker({ type: "bearer", users, lifetime: 300 });
    await client.ask(right);
    client.registry.revokeTokens();
    assert.equal(await client.ask(right), 200);
  });

  it("does not ask again for ever when no token helps", async () => {
    await using client = await asker({ type: "bearer", users });
    client.registry.fail(/manifests/, refuses(401, "UNAUTHORIZED", "authentication required"));
    assert.equal(await client.ask(right), 401);
    assert.equal(asked(client.registry).filter((request) => request.includes("manifests")).length, 1);
  });

  it("says of a host that cannot be one that it is not there", async () => {
    await using client = await asker();
    const noPort = await client.ask(undefined, "app", "registry.example:99999");
    assert.equal(
      noPort,
      'REGISTRY_UNREACHABLE pinging container registry registry.example:99999: Get "http://registry.example:99999/v2/": dial tcp: address 99999: invalid port',
    );
    assert.match(
      String(await client.ask(undefined, "app", "1.2.3.999")),
      /lookup 1\.2\.3\.999: no such host$/,
    );
  });

  it("says who nobody is when nobody answers", async () => {
    await using client = await asker();
    await client.registry.close();
    const { address } = client.registry;
    assert.equal(
      await client.ask(),
      `REGISTRY_UNREACHABLE pinging container registry ${address}: Get "http://${address}/v2/": dial tcp ${address}: connect: connection refused`,
    );
  });

  it("comes back after 429, waiting as long as it is asked to", async () => {
    await using client = await asker();
    client.registry.fail(/manifests/, tooManyRequests("3"), 2);
    assert.equal(await client.ask(), 200);
    assert.deepEqual(client.timing.slept, [3000, 3000]);
  });

  it("comes back after a connection that broke", async () => {
    await using client = await asker();
    client.registry.fail(/manifests/, resets(), 2);
    assert.equal(await client.ask(), 200);
    assert.equal(client.timing.slept.length, 2);
  });

  it("greets anew after trouble that lasts", async () => {
    await using client = await asker();
    client.registry.fail(/manifests/, resets(), 4);
    assert.match(
      String(await client.ask()),
      /^REGISTRY_UNREACHABLE Get "http:.*": read: connection reset by peer$/,
    );
    assert.equal(await client.ask(), 200);
    assert.equal(asked(client.registry).filter((request) => request === "GET /v2/").length, 2);
  });

  it("does not answer a challenge it does not know", async () => {
    await using client = await asker();
    client.registry.fail(/ \/v2\/$/, answers(answer(401, { "www-authenticate": "Negotiate" })));
    assert.equal(await client.ask(right), 200);
    assert.deepEqual(client.registry.requests.map(authorization), [undefined, undefined]);
  });
});

describe("a registry client keeps secrets", () => {
  it("from a host it is redirected to", async () => {
    for (const access of [
      { type: "basic", users },
      { type: "bearer", users },
    ] as const) {
      await using elsewhere = await startRegistry();
      elsewhere.image("app:v1");
      await using client = await asker(access);
      client.registry.fail(/manifests/, redirects(`http://${elsewhere.address}/v2/app/manifests/v1`));
      assert.equal(await client.ask(right), 200);
      assert.deepEqual(elsewhere.requests.map(authorization), [undefined]);
    }
  });

  it("from the token server when it only hands out a token of its own", async () => {
    await using client = await asker({ type: "bearer", users, registryTokens: ["t"] });
    await client.ask({ type: "registryToken", token: "t" });
    assert.deepEqual(asked(client.registry), ["GET /v2/", "GET /v2/app/manifests/v1"]);
  });

  it("from wherever a token server redirects to", async () => {
    await using elsewhere = await startRegistry();
    await using client = await asker({ type: "bearer", users, identityTokens: ["t"] });
    client.registry.fail(/ \/token/, redirects(`http://${elsewhere.address}/token`));
    await client.ask(right);
    await client.ask({ type: "identityToken", token: "t" });
    assert.deepEqual(elsewhere.requests.map(authorization), [undefined]);
    assert.deepEqual(
      elsewhere.requests.map(({ body }) => body),
      [""],
    );
  });

  it("out of what a token server says that repeats them", async () => {
    await using client = await asker({ type: "bearer", users });
    const repeated = `no ${Buffer.from("u:s3cret-of-u").toString("base64")} (s3cret-of-u) here`;
    client.registry.fail(/ \/token/, refuses(401, "UNAUTHORIZED", repeated));
    assert.equal(
      await client.ask({ type: "basic", username: "u", password: "s3cret-of-u" }),
      "REGISTRY_DENIED unable to retrieve auth token: invalid username/password: unauthorized: no REDACTED (REDACTED) here",
    );
  });

  it("out of addresses and messages", async () => {
    await using client = await asker({ type: "bearer", users, identityTokens: [] });
    const results = [await client.ask(wrong), await client.ask({ type: "identityToken", token: "s3cret" })];
    assert.ok(!results.join().includes("s3cret"));
    assert.ok(!asked(client.registry).join().includes("s3cret"));
  });
});
