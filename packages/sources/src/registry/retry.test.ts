import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import type { HttpAnswer, HttpFailure } from "./http-message.ts";
import { withRetries } from "./retry.ts";

const url = new URL("https://h/");
const { signal } = new AbortController();

function answer(status: number, retryAfter?: string): HttpAnswer {
  const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  return { type: "answer", url, status, statusText: "", headers, body: new Uint8Array() };
}
const failure = (transient: boolean): HttpFailure => ({ type: "failure", url, reason: "EOF", transient });

/** What was asked how often, and how long was waited in between. */
async function tried(
  results: readonly (HttpAnswer | HttpFailure)[],
  random = 0,
): Promise<{ readonly last: number | string; readonly sent: number; readonly slept: readonly number[] }> {
  const timing = manualTiming(random);
  let sent = 0;
  const send = async (): Promise<HttpAnswer | HttpFailure> =>
    results[sent++] ?? assert.fail("sent too often");
  const result = await withRetries(send, timing, signal);
  return { last: result.type === "answer" ? result.status : result.reason, sent, slept: timing.slept };
}

describe("withRetries", () => {
  for (const status of [200, 301, 400, 401, 403, 404, 416, 501]) {
    it(`takes ${status} as it is`, async () =>
      assert.deepEqual(await tried([answer(status)]), { last: status, sent: 1, slept: [] }));
  }
  for (const status of [429, 500, 502, 503, 504]) {
    it(`asks again after ${status}`, async () =>
      assert.deepEqual(await tried([answer(status), answer(200)]), { last: 200, sent: 2, slept: [250] }));
  }
  it("asks again after a connection that broke", async () =>
    assert.deepEqual(await tried([failure(true), answer(200)]), { last: 200, sent: 2, slept: [250] }));
  it("takes a failure that will last as it is", async () =>
    assert.deepEqual(await tried([failure(false)]), { last: "EOF", sent: 1, slept: [] }));
  it("waits twice as long each time, and gives up after four attempts", async () =>
    assert.deepEqual(await tried(Array(4).fill(answer(503))), {
      last: 503,
      sent: 4,
      slept: [250, 500, 1000],
    }));
  it("waits up to twice that, as chance has it", async () =>
    assert.deepEqual((await tried(Array(4).fill(answer(503)), 0.5)).slept, [375, 750, 1500]));
});

describe("withRetries and Retry-After", () => {
  const rows: readonly (readonly [what: string, asked: string, slept: readonly number[]])[] = [
    ["waits the seconds it asks for", "7", [7000]],
    ["waits no time if it asks for none", "0", [0]],
    ["waits until the date it gives", "Thu, 01 Jan 2026 00:00:09 GMT", [9000]],
    ["takes a date in the past for none", "Thu, 01 Jan 2025 00:00:00 GMT", [250]],
    ["takes nonsense for none", "soon", [250]],
    ["takes a negative number for none", "-1", [250]],
  ];
  for (const [what, asked, slept] of rows) {
    it(what, async () => assert.deepEqual((await tried([answer(429, asked), answer(200)])).slept, slept));
  }

  it("does not wait longer than a minute for all attempts together", async () =>
    assert.deepEqual(await tried([answer(429, "40"), answer(429, "40")]), {
      last: 429,
      sent: 2,
      slept: [40_000],
    }));
  it("does not come back early when asked to stay away for longer", async () =>
    assert.deepEqual(await tried([answer(429, "3600")]), { last: 429, sent: 1, slept: [] }));
  it("does not choke on a number no clock knows", async () =>
    assert.deepEqual((await tried([answer(429, "9".repeat(400)), answer(200)])).slept, [250]));
});

describe("withRetries stops waiting", () => {
  it("when the caller goes", async () => {
    const caller = new AbortController();
    const send = async (): Promise<HttpAnswer> => {
      caller.abort();
      return answer(503);
    };
    await assert.rejects(withRetries(send, manualTiming(), caller.signal), { code: "CANCELLED" });
  });
});
