import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withoutEchoes } from "./echoed-secrets.ts";
import type { HttpRequest } from "./http-message.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

function request(authorization: string | undefined, body?: string): HttpRequest {
  return {
    method: "GET",
    url: new URL("https://registry.example/v2/"),
    headers: authorization === undefined ? {} : { authorization },
    bodyLimit: 100,
    ...(body === undefined ? {} : { body }),
  };
}

/** What comes through of a body, the status text and a challenge that are all the same. */
function told(text: string, asked: HttpRequest, status = 403): readonly string[] {
  const headers = { "www-authenticate": text };
  const { url } = asked;
  const answer = withoutEchoes(
    { type: "answer", url, status, statusText: text, headers, body: Buffer.from(text) },
    asked,
  );
  return [Buffer.from(answer.body).toString(), answer.statusText, String(answer.headers["www-authenticate"])];
}

describe("withoutEchoes takes out", () => {
  const basic = `Basic ${base64("user:pass:word")}`;
  const cases: readonly (readonly [what: string, asked: HttpRequest, text: string, expected: string])[] = [
    ["the header's credentials", request(basic), `got ${basic}`, "got Basic REDACTED"],
    ["the password", request(basic), "user has pass:word", "user has REDACTED"],
    ["a token, each time", request("Bearer t0ken.t0ken"), "t0ken.t0kent0ken.t0ken", "REDACTEDREDACTED"],
    [
      "a refresh token, written both ways",
      request(undefined, "refresh_token=re%2Bfresh"),
      "re+fresh re%2Bfresh",
      "REDACTED REDACTED",
    ],
    ["nothing so short that it is in every word", request(`Basic ${base64("u:p")}`), "please", "please"],
    ["nothing when there is no secret", request(undefined), "user:password ü", "user:password ü"],
  ];
  for (const [what, asked, text, expected] of cases)
    it(what, () => assert.deepEqual(told(text, asked), [expected, expected, expected]));

  it("what an administrator configured, whole and in parts", () => {
    const confidential = { authorization: [basic], "x-api-key": ["k3y-of-the-proxy"] };
    const [body] = told(`got ${basic}, pass:word and k3y-of-the-proxy`, {
      ...request(undefined),
      confidential,
    });
    assert.equal(body, "got REDACTED, REDACTED and REDACTED");
  });

  it("what is in any of several challenges", () => {
    const asked = request("Bearer t0ken.t0ken");
    const headers = Object.fromEntries([["www-authenticate", ["Basic", "Bearer t0ken.t0ken"]]]);
    const refusal = {
      type: "answer",
      url: asked.url,
      status: 401,
      statusText: "",
      headers,
      body: Buffer.of(),
    } as const;
    assert.deepEqual(withoutEchoes(refusal, asked).headers, {
      "www-authenticate": ["Basic", "Bearer REDACTED"],
    });
  });

  it("nothing of what was asked for", () => {
    const [body] = told("t0ken.t0ken", request("Bearer t0ken.t0ken"), 200);
    assert.equal(body, "t0ken.t0ken");
  });
});
