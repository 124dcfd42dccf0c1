import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { apiFailure } from "./api-status.ts";

describe("what an API server refuses with", () => {
  const rows: ReadonlyArray<readonly [status: number, reason: string, code: string]> = [
    [400, "BadRequest", "invalid"],
    [401, "Unauthorized", "unauthorized"],
    [403, "Forbidden", "forbidden"],
    [404, "NotFound", "notFound"],
    [409, "AlreadyExists", "exists"],
    [409, "Conflict", "conflict"],
    [410, "Expired", "expired"],
    [429, "TooManyRequests", "busy"],
    [418, "", "unreachable"],
  ];
  for (const [status, reason, code] of rows) {
    it(`${status} ${reason} is ${code}`, () => assert.equal(apiFailure(status, {}, { reason }).code, code));
  }

  it("says what to do where it does not know who asks", () =>
    assert.match(
      apiFailure(401, {}, { message: "Unauthorized", reason: "Unauthorized" }).message,
      /^Unauthorized: the API server does not know this program .*renew/,
    ));

  it("says how long it wants to be left alone", () =>
    assert.equal(apiFailure(429, { "retry-after": "2" }, {}).retryAfter, 2000));
});
