import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bareMachine } from "@countersign/testkit/registry/bare-machine";
import { startFaultyServer } from "@countersign/testkit/registry/faulty-server";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { json } from "@countersign/testkit/registry/registry-answer";
import fc from "fast-check";
import { type AmbientVariables, ambientToken } from "./ambient-token.ts";
import { parseIdentityToken } from "./identity-token.ts";
import { openServices } from "./service-client.ts";

const { signal } = new AbortController();
const token = (claims: unknown): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;
const iss = "https://issuer.example";

describe("parseIdentityToken", () => {
  const rows: readonly (readonly [what: string, claims: object, subject: string])[] = [
    ["a verified address", { iss, sub: "1", email: "a@b.example", email_verified: true }, "a@b.example"],
    ["the subject before an address nobody verified", { iss, sub: "1", email: "a@b.example" }, "1"],
    ["a workload", { iss, sub: "repo:team/app" }, "repo:team/app"],
    ["a token without an end", { iss, sub: "1" }, "1"],
    ["a token that ends later", { iss, sub: "1", exp: 2 }, "1"],
  ];
  for (const [what, claims, subject] of rows) {
    it(`reads ${what}`, () => assert.equal(parseIdentityToken(` ${token(claims)}\n`, 1000).subject, subject));
  }

  const refused: readonly (readonly [why: string, text: string, message: RegExp])[] = [
    ["nothing", "", /no OIDC token/],
    ["a path", "/run/token", /no OIDC token/],
    ["two parts", "e30.e30", /no OIDC token/],
    ["no JSON", "e30.x.y", /no OIDC token/],
    ["no subject", token({ iss }), /whose it is/],
    ["no issuer", token({ sub: "1" }), /whose it is/],
    [
      "what expired",
      token({ iss, sub: "1", exp: 1 }),
      /^the identity token: it expired at 1970-01-01T00:00:01\.000Z$/,
    ],
  ];
  for (const [why, text, message] of refused) {
    it(`refuses ${why}`, () =>
      assert.throws(() => parseIdentityToken(text, 1000), { code: "IDENTITY_TOKEN_UNUSABLE", message }));
  }

  it("refuses whatever is none, and repeats nothing of it", () =>
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (text) => {
        assert.throws(
          () => parseIdentityToken(`${text}.${text}.`, 0),
          (error: Error) => !error.message.includes(text),
        );
      }),
    ));
});

describe("the surroundings", () => {
  async function ask(variables: AmbientVariables): Promise<string | undefined> {
    const services = openServices(bareMachine, manualTiming());
    try {
      return await ambientToken(variables, services, signal);
    } finally {
      await services.close();
    }
  }

  it("have no token where nobody gives one", async () => assert.equal(await ask({}), undefined));
  it("give GitLab's", async () => assert.equal(await ask({ SIGSTORE_ID_TOKEN: "t" }), "t"));
  it("give GitHub's, for who asks for it", async () => {
    await using server = await startFaultyServer(({ path, headers }) =>
      json(headers["authorization"] === "Bearer b" && path === "/t?x=1&audience=sigstore" ? 200 : 403, {
        value: "jwt",
      }),
    );
    const variables = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://${server.address}/t?x=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "b",
    };
    assert.equal(await ask(variables), "jwt");
    await assert.rejects(ask({ ...variables, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "c" }), {
      code: "SIGNING_SERVICE_FAILED",
    });
  });
  it("of GitHub's say what a job lacks", () =>
    assert.rejects(ask({ GITHUB_ACTIONS: "true" }), { message: /permissions: \{id-token: write\}/ }));
  it("are not asked in the clear", () =>
    assert.rejects(
      ask({ ACTIONS_ID_TOKEN_REQUEST_URL: "http://ci.example/t", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "b" }),
      { code: "SIGNING_SERVICE_FAILED" },
    ));
});
