import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { HttpAnswer } from "./http-message.ts";
import { readRefusal, refusalCode } from "./refusal.ts";

function answer(status: number, body: string | Uint8Array, challenge?: string): HttpAnswer {
  const headers = challenge === undefined ? {} : { "www-authenticate": challenge };
  return {
    type: "answer",
    url: new URL("https://h/"),
    status,
    statusText: "Text",
    headers,
    body: Buffer.from(body),
  };
}
const list = (...errors: object[]): string => JSON.stringify({ errors });

describe("readRefusal words as containers/image does", () => {
  const rows: readonly (readonly [what: string, answer: HttpAnswer, text: string])[] = [
    ["a code alone", answer(404, list({ code: "MANIFEST_UNKNOWN" })), "manifest unknown"],
    [
      "a code with its own message",
      answer(404, list({ code: "NAME_UNKNOWN", message: "repository name not known to registry" })),
      "name unknown",
    ],
    [
      "a code with its own message and a detail",
      answer(
        404,
        list({ code: "NAME_UNKNOWN", message: "repository name not known to registry", detail: {} }),
      ),
      "repository name not known to registry",
    ],
    [
      "a code with another message",
      answer(403, list({ code: "DENIED", message: "no way" })),
      "denied: no way",
    ],
    ["a code with only a detail", answer(404, list({ code: "NAME_UNKNOWN", detail: 1 })), "name unknown: "],
    ["a code nobody knows", answer(400, list({ code: "FOO", message: "bar" })), "unknown: bar"],
    ["no code", answer(400, list({ message: "bar" })), "unknown: bar"],
    ["the first of several", answer(400, list({ code: "DENIED" }, { code: "UNKNOWN" })), "denied"],
    ["old-style details", answer(404, '{"details": "go away"}'), "unknown: go away"],
    ["old-style details of 401", answer(401, '{"details": "go away"}'), "unauthorized: go away"],
    ["old-style details of 429", answer(429, '{"details": "slow"}'), "toomanyrequests: slow"],
    ["an empty list", answer(404, '{"errors": []}'), String.raw`StatusCode: 404, "{\"errors\": []}"`],
    ["a page", answer(404, "404 page not found\n"), String.raw`StatusCode: 404, "404 page not found\n"`],
    ["a long page", answer(404, "x".repeat(51)), `StatusCode: 404, "${"x".repeat(50)}..."`],
    ["nothing", answer(404, ""), 'StatusCode: 404, ""'],
    ["nothing for a 401", answer(401, ""), "authentication required"],
    [
      "a server's error",
      answer(503, list({ code: "UNAVAILABLE" })),
      "received unexpected HTTP status: 503 Text",
    ],
    ["a redirect to nowhere", answer(302, ""), "received unexpected HTTP status: 302 Text"],
    [
      "a token that ran out",
      answer(401, list({ code: "UNAUTHORIZED" }), 'Bearer error="invalid_token"'),
      "authentication required",
    ],
    [
      "a token that ran out, with reasons",
      answer(401, "", 'Bearer error="invalid_token",error_description="old"'),
      "unauthorized: old",
    ],
    [
      "a token for something else",
      answer(401, "", 'Bearer error="insufficient_scope"'),
      "requested access to the resource is denied",
    ],
    [
      "a registry that talks too much",
      answer(400, list({ code: "DENIED", message: "x".repeat(5000) })),
      `denied: ${"x".repeat(1024)}`,
    ],
  ];
  for (const [what, refused, text] of rows) it(what, () => assert.equal(readRefusal(refused).text, text));

  it("whatever bytes it gets", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 400, max: 599 }),
        fc.oneof(fc.uint8Array(), fc.json()),
        (status, body) => {
          assert.ok(readRefusal(answer(status, body)).text.length < 2000);
        },
      ),
    ));
});

describe("refusalCode", () => {
  const rows: readonly (readonly [what: string, answer: HttpAnswer, code: string])[] = [
    ["takes 401 for denied", answer(401, ""), "REGISTRY_DENIED"],
    ["takes 403 for denied", answer(403, ""), "REGISTRY_DENIED"],
    ["takes DENIED with any status for denied", answer(404, list({ code: "DENIED" })), "REGISTRY_DENIED"],
    ["takes 404 for not found", answer(404, ""), "REGISTRY_NOT_FOUND"],
    [
      "takes MANIFEST_UNKNOWN with any status for not found",
      answer(400, list({ code: "MANIFEST_UNKNOWN" })),
      "REGISTRY_NOT_FOUND",
    ],
    ["takes 429 for trouble that passes", answer(429, ""), "REGISTRY_UNREACHABLE"],
    ["takes 500 for trouble that passes", answer(500, ""), "REGISTRY_UNREACHABLE"],
    ["takes the rest for nonsense", answer(400, ""), "REGISTRY_ANSWER_INVALID"],
  ];
  for (const [what, refused, code] of rows)
    it(what, () => assert.equal(refusalCode(readRefusal(refused)), code));
});
