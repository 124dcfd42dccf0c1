import assert from "node:assert/strict";
import { readToken } from "@countersign/sources/registry/bearer-token";
import type { HttpAnswer, HttpRequest } from "@countersign/sources/registry/http-message";
import { readRefusal, refusalCode } from "@countersign/sources/registry/refusal";
import { mutateJson } from "../mutate/json.ts";
import { reading, shapeOf } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * The body of an answer: a token, or the reasons for a refusal. A token can stand in a header, and lives as long as
 * tokens may; a refusal says something, not too much, and never repeats a token.
 */
export function openTarget(): Target {
  return { seeds: seeds.map((seed) => Buffer.from(JSON.stringify(seed))), mutate, check };
}

const seeds: readonly unknown[] = [
  { token: "abc.def", expires_in: 300, issued_at: "2026-01-01T00:00:00Z" },
  { access_token: "abc", expires_in: 1e9 },
  { errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown", detail: { Tag: "v1" } }] },
  { errors: [{ code: "UNAUTHORIZED", message: "authentication required", detail: null }, {}] },
  { details: "too many", errors: [] },
];

const mutate = mutateJson({
  names: [
    "token",
    "access_token",
    "expires_in",
    "errors",
    "code",
    "message",
    "detail",
    "details",
    "Errors",
    "TOKEN",
  ],
  values: [
    ...([
      "MANIFEST_UNKNOWN",
      "UNAUTHORIZED",
      "DENIED",
      "UNKNOWN",
      "TOOMANYREQUESTS",
      "NAME_UNKNOWN",
    ] as const),
    ...["not found", "a\r\nb: c", "abc", " ", "é", "manifest unknown", "x".repeat(2000)],
  ],
});

const url = new URL("https://auth.example/token?service=s&account=me");
const request: HttpRequest = { method: "GET", url, headers: {}, bodyLimit: 1 << 20 };
const day = 86_400_000;

function check(input: Uint8Array): string {
  const outcomes = [400, 401, 403, 404, 429, 500].map((status) => {
    const refusal = readRefusal(answerOf(status, input));
    assert.ok(refusal.text.length > 0 && refusal.text.length < 3000, "a refusal of another length");
    return `${refusalCode(refusal)} ${shapeOf(refusal.text.slice(0, 60))}`;
  });
  const token = reading(["REGISTRY_ANSWER_INVALID"], () => readToken(answerOf(200, input), request));
  if (token.type === "refused") return [token.outcome, ...new Set(outcomes)].join("; ");
  assert.match(token.value.token, /^[!-~]+$/);
  assert.ok(token.value.lifetime > 0 && token.value.lifetime <= day);
  return "a token";
}

function answerOf(status: number, body: Uint8Array): HttpAnswer {
  return { type: "answer", url, status, statusText: "", headers: {}, body };
}
