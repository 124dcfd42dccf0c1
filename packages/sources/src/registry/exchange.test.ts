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
import type { Dispatcher } from "undici";
import { type Connections, openConnections } from "./connections.ts";
import { exchange, type RequestDispatcher } from "./exchange.ts";
import type { HttpAnswer, HttpFailure, HttpRequest } from "./http-message.ts";

const { signal } = new AbortController();
const oneMiB = 1024 * 1024;
const insecurely = { certificates: { authorities: [], identities: [] }, skipVerify: true };
const request: HttpRequest = { method: "GET", url: new URL("http://h/v2/"), headers: {}, bodyLimit: oneMiB };

/** Plays a peer that sends bodies of one kind in chunks of 64 KiB for as long as it is let; counts what was taken. */
function endlessPeer(status: number, headers: IncomingHttpHeaders): RequestDispatcher & { taken: number } {
  return {
    taken: 0,
    dispatch(_options, handler) {
      let stopped = false;
      const controller = controllerCalling(() => {
        stopped = true;
      });
      handler.onRequestStart?.(controller, {});
      handler.onResponseStart?.(controller, status, headers, "");
      while (!stopped && this.taken < 64 * oneMiB) {
        this.taken += 65_536;
        handler.onResponseData?.(controller, Buffer.alloc(65_536));
      }
      return true;
    },
  };
}

function controllerCalling(abort: () => void): Dispatcher.DispatchController {
  return { aborted: false, paused: false, reason: null, pause: () => {}, resume: () => {}, abort };
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
    let hungUp = false;
    const controller = controllerCalling(() => {
      hungUp = true;
    });
    const peer: RequestDispatcher = {
      dispatch(_options, handler) {
        handler.onRequestStart?.(controller, {});
        handler.onResponseStart?.(controller, 200, { "content-length": "2" }, "");
        handler.onResponseData?.(controller, Buffer.from("x"));
        return true;
      },
    };
    const timing = manualTiming();
    const asked = exchange(peer, request, timing, signal);
    timing.advance(59_999);
    assert.equal(hungUp, false);
    timing.advance(1);
    const { url: _url, ...result } = (await asked) as HttpFailure;
    const reason = "timeout: the answer did not end within 60s";
    assert.deepEqual([result, hungUp], [{ type: "failure", reason, transient: false }, true]);
  });
});

describe("exchange with a peer that is slow to take the connection", () => {
  it("hangs up as soon as it does, if nobody waits any more", async () => {
    let begin = (_controller: Dispatcher.DispatchController): void => {};
    const peer: RequestDispatcher = {
      dispatch(_options, handler) {
        begin = (controller) => handler.onRequestStart?.(controller, {});
        return true;
      },
    };
    const caller = new AbortController();
    const asked = exchange(peer, request, manualTiming(), caller.signal);
    caller.abort();
    await assert.rejects(asked, { code: "CANCELLED" });
    let hungUp = false;
    begin(
      controllerCalling(() => {
        hungUp = true;
      }),
    );
    assert.equal(hungUp, true);
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
    const dispatcher = await connections.dispatcher(insecurely, request.url);
    return exchange(
      dispatcher,
      { ...request, url: new URL(`http://${registry.address}/v2/`) },
      timing,
      caller,
    );
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
    const dispatcher = await connections.dispatcher(insecurely, request.url);
    const result = await exchange(
      dispatcher,
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
    const dispatcher = await connections.dispatcher(insecurely, request.url);
    const url = new URL(`http://${registry.address}/v2/`);
    const asked = registry.requests.length;
    const split = { ...request, url, headers: { a: "b\r\nc: d" } };
    const result = await exchange(dispatcher, split, manualTiming(), signal);
    assert.deepEqual([result.type, registry.requests.length], ["failure", asked]);
  });
});
