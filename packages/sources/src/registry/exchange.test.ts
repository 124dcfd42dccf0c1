import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { after, before, describe, it } from "node:test";
import { bareMachine } from "@countersign/testkit/registry/bare-machine";
import {
  answers,
  breaksOff,
  claimsLength,
  drips,
  type Fault,
  hangs,
  neverEnds,
  resets,
  stalls,
} from "@countersign/testkit/registry/faults";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { type Connections, openConnections } from "./connections.ts";
import { exchange } from "./exchange.ts";
import type { HttpAnswer, HttpFailure, HttpRequest } from "./http-message.ts";
import type { RequestSender } from "./request-sender.ts";

const { signal } = new AbortController();
const oneMiB = 1024 * 1024;
const insecurely = { certificates: { authorities: [], identities: [] }, skipVerify: true };
const request: HttpRequest = { method: "GET", url: new URL("http://h/v2/"), headers: {}, bodyLimit: oneMiB };

/** Plays a peer that sends bodies of one kind in chunks of 64 KiB for as long as it is let; counts what was taken. */
function endlessPeer(status: number, headers: IncomingHttpHeaders): RequestSender & { taken: number } {
  return {
    taken: 0,
    send(_request, events, cut) {
      events.begun(status, "", headers);
      while (!cut.aborted && this.taken < 64 * oneMiB) {
        this.taken += 65_536;
        events.data(Buffer.alloc(65_536));
      }
    },
  };
}

describe("exchange takes of a body", () => {
  const tooLarge = { code: "TOO_LARGE", message: "exceeded maximum allowed size of 1048576 bytes" };
  const rows: readonly (readonly [what: string, headers: IncomingHttpHeaders])[] = [
    ["without a length", {}],
    ["that claims to be small", { "content-length": "10" }],
    ["that claims nonsense", { "content-length": "many" }],
  ];
  for (const [what, headers] of rows) {
    it(`no more than one chunk over the limit, of one ${what}`, async () => {
      const peer = endlessPeer(200, headers);
      await assert.rejects(exchange(peer, request, manualTiming(), signal), tooLarge);
      assert.equal(peer.taken, oneMiB + 65_536);
    });
  }

  it("nothing when it claims more than the limit: 5 GB are not waited for", async () => {
    const peer = endlessPeer(200, { "content-length": "5000000000" });
    await assert.rejects(exchange(peer, request, manualTiming(), signal), tooLarge);
    assert.equal(peer.taken, 0);
  });

  it("only the beginning of an error page", async () => {
    const peer = endlessPeer(404, { "content-length": "5000000000" });
    const result = (await exchange(peer, request, manualTiming(), signal)) as HttpAnswer;
    assert.deepEqual([result.status, result.body.length, peer.taken], [404, 65_536, 65_536]);
  });
});

describe("exchange with a peer that stalls in the middle of its body", () => {
  it("waits 60 seconds and hangs up", async () => {
    let cut = signal;
    const peer: RequestSender = {
      send(_request, events, given) {
        cut = given;
        events.begun(200, "", { "content-length": "2" });
        events.data(Buffer.from("x"));
      },
    };
    const timing = manualTiming();
    const asked = exchange(peer, request, timing, signal);
    timing.advance(59_999);
    assert.equal(cut.aborted, false);
    timing.advance(1);
    const { url: _url, ...result } = (await asked) as HttpFailure;
    const reason = "timeout: the answer did not end within 60s";
    assert.deepEqual([result, cut.aborted], [{ type: "failure", reason, transient: false }, true]);
  });
});

describe("exchange with a peer that is slow to take the connection", () => {
  it("does not want it any more once nobody waits", async () => {
    let cut = signal;
    const peer: RequestSender = {
      send(_request, _events, given) {
        cut = given;
      },
    };
    const caller = new AbortController();
    const asked = exchange(peer, request, manualTiming(), caller.signal);
    caller.abort();
    await assert.rejects(asked, { code: "CANCELLED" });
    assert.equal(cut.aborted, true);
  });
});

describe("exchange with a real server", () => {
  let registry: TestRegistry;
  let connections: Connections;
  before(async () => {
    registry = await startRegistry();
    connections = openConnections(bareMachine);
  });
  after(async () => {
    await connections.close();
    await registry.close();
  });

  async function ask(
    fault: Fault,
    timing: ManualTiming = manualTiming(),
    caller = signal,
  ): Promise<HttpAnswer | HttpFailure> {
    registry.heal();
    registry.fail(/./, fault);
    const sender = await connections.sender(insecurely, request.url);
    return exchange(sender, { ...request, url: new URL(`http://${registry.address}/v2/`) }, timing, caller);
  }

  it("gives status, headers and body", async () => {
    const result = await ask(answers(answer(418, { "x-a": "b" }, "tea")));
    assert.ok(result.type === "answer");
    assert.deepEqual(
      [result.status, result.statusText, result.headers["x-a"], Buffer.from(result.body).toString()],
      [418, "I'm a Teapot", "b", "tea"],
    );
  });

  it("stops an endless body at the limit", () => assert.rejects(ask(neverEnds()), { code: "TOO_LARGE" }));
  it("stops an endless body that claims to be short", async () => {
    const result = await ask(neverEnds(10));
    assert.ok(result.type === "answer");
    assert.equal(result.body.length, 10);
  });

  const broken: readonly (readonly [what: string, fault: Fault, reason: string])[] = [
    ["a connection reset before the answer", resets(), "read: connection reset by peer"],
    ["a connection reset in the middle of the body", breaksOff(1), "read: connection reset by peer"],
  ];
  for (const [what, fault, reason] of broken) {
    it(`tells ${what} as trouble that may pass`, async () => {
      const { url: _url, ...result } = (await ask(fault)) as HttpFailure;
      assert.deepEqual(result, { type: "failure", reason, transient: true });
    });
  }

  it("waits 30 seconds for the headers of a peer that hangs", async () => {
    const timing = manualTiming();
    const asked = ask(hangs(), timing);
    await timing.untilAwaited(30_000);
    timing.advance(30_000);
    const { url: _url, ...result } = (await asked) as HttpFailure;
    assert.deepEqual(result, {
      type: "failure",
      reason: "net/http: timeout awaiting response headers",
      transient: false,
    });
  });

  it("does not begin to read 5 GB", () => assert.rejects(ask(claimsLength(5e9)), { code: "TOO_LARGE" }));

  it("ends in the middle of a body that stalls when the caller goes", async () => {
    const caller = new AbortController();
    const asked = ask(
      stalls(() => caller.abort()),
      manualTiming(),
      caller.signal,
    );
    await assert.rejects(asked, { code: "CANCELLED" });
  });

  it("ends when the caller goes", async () => {
    const timing = manualTiming();
    const caller = new AbortController();
    const asked = ask(hangs(), timing, caller.signal);
    await timing.untilAwaited(30_000);
    caller.abort();
    await assert.rejects(asked, { code: "CANCELLED" });
  });

  it("ends at the caller's deadline", () =>
    assert.rejects(ask(hangs(), manualTiming(), AbortSignal.abort(new DOMException("", "TimeoutError"))), {
      code: "DEADLINE_EXCEEDED",
    }));

  it("ends a body that drips at the caller's deadline", () =>
    assert.rejects(ask(drips(1), manualTiming(), AbortSignal.timeout(20)), { code: "DEADLINE_EXCEEDED" }));

  it("tells in Go's words that nobody listens", async () => {
    const sender = await connections.sender(insecurely, request.url);
    const result = await exchange(
      sender,
      { ...request, url: new URL("http://127.0.0.1:1/") },
      manualTiming(),
      signal,
    );
    assert.deepEqual(result, {
      type: "failure",
      url: new URL("http://127.0.0.1:1/"),
      reason: "dial tcp 127.0.0.1:1: connect: connection refused",
      transient: false,
      met: "nobody",
    });
  });

  it("does not send what would be two headers", async () => {
    const sender = await connections.sender(insecurely, request.url);
    const url = new URL(`http://${registry.address}/v2/`);
    const asked = registry.requests.length;
    const split = { ...request, url, headers: { a: "b\r\nc: d" } };
    const result = await exchange(sender, split, manualTiming(), signal);
    assert.deepEqual([result.type, registry.requests.length], ["failure", asked]);
  });
});
