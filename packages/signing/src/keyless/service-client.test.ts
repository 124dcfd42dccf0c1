import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HttpAnswer } from "@countersign/sources/registry/http-message";
import { succeeded } from "./service-client.ts";

const token = `${"e".repeat(700)}.${"p".repeat(700)}.${"s".repeat(80)}`;
const url = new URL("https://fulcio.example/");
const request = { service: "Fulcio", url, method: "POST", headers: {}, secrets: [token] } as const;
const refusal = (body: string): HttpAnswer => ({
  type: "answer",
  url,
  status: 401,
  statusText: "Unauthorized",
  headers: {},
  body: Buffer.from(body),
});

describe("a service that repeats a token", () => {
  for (const [how, body] of [
    ["longer than what is told of its words, in JSON", JSON.stringify({ message: `bad token ${token}` })],
    ["longer than what is told of its words, as it is", `bad token ${token}`],
  ] as const) {
    it(`has none of it told: ${how}`, () => {
      assert.throws(() => succeeded(refusal(body), request), {
        message: 'Fulcio refused: 401 "bad token REDACTED"',
      });
    });
  }
});
