import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import fc from "fast-check";
import type { AuthChallenge } from "./auth-challenge.ts";
import { readToken, tokenRequest } from "./bearer-token.ts";
import type { HttpAnswer } from "./http-message.ts";

const registry = new URL("https://registry.example/v2/");
const challenge = (parameters: Readonly<Record<string, string>>): AuthChallenge => ({
  scheme: "bearer",
  parameters: new Map(Object.entries(parameters)),
});
const usual = challenge({ realm: "https://auth.example/token?x=1", service: "s" });
const scope = "repository:a/b:pull";

describe("tokenRequest", () => {
  it("asks without a name when there is none", () => {
    const { method, url, headers } = tokenRequest(usual, [scope], undefined, registry);
    assert.deepEqual(
      [method, url.href, headers],
      ["GET", "https://auth.example/token?scope=repository%3Aa%2Fb%3Apull&service=s&x=1", {}],
    );
  });
  it("gives name and password to the token server", () => {
    const credentials = { type: "basic", username: "u", password: "p" } as const;
    const { url, headers } = tokenRequest(usual, [scope], credentials, registry);
    assert.equal(url.searchParams.get("account"), "u");
    assert.deepEqual(headers, { authorization: "Basic dTpw" });
  });
  it("exchanges a refresh token in a body, never in an address", () => {
    const { method, url, headers, body } = tokenRequest(
      usual,
      [scope],
      { type: "identityToken", token: "s3cret" },
      registry,
    );
    assert.equal(method, "POST");
    assert.ok(!url.href.includes("s3cret"));
    assert.deepEqual(headers, { "content-type": "application/x-www-form-urlencoded" });
    assert.deepEqual(Object.fromEntries(new URLSearchParams(String(body))), {
      x: "1",
      service: "s",
      scope,
      grant_type: "refresh_token",
      refresh_token: "s3cret",
      client_id: "countersign",
    });
  });
  it("asks for every scope", () => {
    const { url } = tokenRequest(usual, [scope, "registry:catalog:*"], undefined, registry);
    assert.deepEqual(url.searchParams.getAll("scope"), [scope, "registry:catalog:*"]);
  });
  it("follows a registry on plain HTTP to a token server on plain HTTP", () => {
    const plain = challenge({ realm: "http://auth.example/token" });
    assert.equal(
      tokenRequest(plain, [], undefined, new URL("http://r/v2/")).url.href,
      "http://auth.example/token",
    );
  });
});

describe("tokenRequest refuses", () => {
  const rows: readonly (readonly [
    why: string,
    parameters: Readonly<Record<string, string>>,
    message: RegExp,
  ])[] = [
    ["a challenge without realm", { service: "s" }, /^missing realm in bearer auth challenge$/],
    ["a realm that is a path", { realm: "/token" }, /is no HTTP address: "\/token"$/],
    ["a realm that is a file", { realm: "file:///etc/passwd" }, /is no HTTP address/],
    ["a realm that is nothing", { realm: "" }, /is no HTTP address/],
    [
      "to send secrets in the clear because HTTPS said so",
      { realm: "http://auth.example/" },
      /over plain HTTP to auth\.example, refused$/,
    ],
  ];
  for (const [why, parameters, message] of rows) {
    it(why, () =>
      assert.throws(() => tokenRequest(challenge(parameters), [], undefined, registry), {
        code: "REGISTRY_ANSWER_INVALID",
        message,
      }),
    );
  }
  it("to take a name and password from the challenge", () => {
    const { url } = tokenRequest(challenge({ realm: "https://u:p@auth.example/t" }), [], undefined, registry);
    assert.equal(url.href, "https://auth.example/t");
  });
});

describe("readToken", () => {
  const request = tokenRequest(usual, [], undefined, registry);
  const answer = (body: unknown, status = 200): HttpAnswer => ({
    type: "answer",
    url: new URL("https://auth.example/token?service=s&account=u"),
    status,
    statusText: "Text",
    headers: {},
    body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  });

  const read: readonly (readonly [what: string, body: unknown, token: string, lifetime: number])[] = [
    ["a token", { token: "t" }, "t", 60_000],
    ["an access token", { access_token: "t" }, "t", 60_000],
    ["the token before the access token", { access_token: "x", token: "t" }, "t", 60_000],
    ["how long it lives", { token: "t", expires_in: 300 }, "t", 300_000],
    ["a life of no time as the usual one", { token: "t", expires_in: 0 }, "t", 60_000],
    ["a negative life as the usual one", { token: "t", expires_in: -5 }, "t", 60_000],
    ["an endless life as one day", { token: "t", expires_in: 1e12 }, "t", 86_400_000],
    ["a life in words as the usual one", { token: "t", expires_in: "300" }, "t", 60_000],
  ];
  for (const [what, body, token, lifetime] of read) {
    it(`reads ${what}`, () => assert.deepEqual(readToken(answer(body), request), { token, lifetime }));
  }

  const refused: readonly (readonly [why: string, answer: HttpAnswer, code: string, message: string])[] = [
    [
      "wrong credentials",
      answer({ details: "no" }, 401),
      "REGISTRY_DENIED",
      "unable to retrieve auth token: invalid username/password: unauthorized: no",
    ],
    [
      "a server that says no",
      answer("", 403),
      "REGISTRY_DENIED",
      "Requesting bearer token: received unexpected HTTP status: 403 Text",
    ],
    [
      "a server in trouble",
      answer("", 500),
      "REGISTRY_UNREACHABLE",
      "Requesting bearer token: received unexpected HTTP status: 500 Text",
    ],
    ["a server that is tired", answer("", 429), "REGISTRY_UNREACHABLE", "too many requests to registry"],
    [
      "text, without repeating it",
      answer("s3cret"),
      "REGISTRY_ANSWER_INVALID",
      `decoding bearer token (last URL "https://auth.example/token?service=s&account=REDACTED"): invalid character 's' looking for beginning of value`,
    ],
    [
      "no token",
      answer({}),
      "REGISTRY_ANSWER_INVALID",
      `the token server at "https://auth.example/token?service=s&account=REDACTED" answered without a usable token`,
    ],
    [
      "a list",
      answer([]),
      "REGISTRY_ANSWER_INVALID",
      `the token server at "https://auth.example/token?service=s&account=REDACTED" answered without a usable token`,
    ],
    [
      "a token that would be a header of its own",
      answer({ token: "t\r\nx: y" }),
      "REGISTRY_ANSWER_INVALID",
      `the token server at "https://auth.example/token?service=s&account=REDACTED" answered without a usable token`,
    ],
  ];
  for (const [why, answered, code, message] of refused) {
    it(`refuses ${why}`, () => assert.throws(() => readToken(answered, request), { code, message }));
  }

  it("gives a token fit for a header or REGISTRY_ANSWER_INVALID, whatever the body", () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.record({ token: fc.string() }).map((body) => JSON.stringify(body)),
        ),
        (body) => {
          try {
            assert.match(readToken(answer(body), request).token, /^[!-~]+$/);
          } catch (error) {
            assert.equal(CountersignError.from(error).code, "REGISTRY_ANSWER_INVALID");
          }
        },
      ),
    ));
});
