import assert from "node:assert/strict";
import { createServer } from "node:http2";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startRuntime, type TestRuntime } from "@countersign/testkit/runtime/runtime";
import { failsWith, hangs, resetsStream } from "@countersign/testkit/runtime/runtime-faults";
import { testPaths } from "@countersign/testkit/runtime/test-service";
import type { CallMetadata, RpcStatus } from "../gate.ts";
import { listening, temporaryDirectory } from "../testing/relay-on-sockets.ts";
import { openRuntime, type Runtime } from "./runtime-client.ts";
import { parseEndpoint } from "./runtime-endpoint.ts";

const { signal } = new AbortController();
const message = Buffer.from("a message");
const noMetadata: CallMetadata = [];

describe("the runtime client", () => {
  it("hands back the answer's bytes", async () => {
    await using place = await withRuntime();
    const answer = await place.client.unary(testPaths.echo, message, noMetadata, signal);
    assert.deepEqual(answer, { type: "ok", message });
  });

  it("takes answers of 32 MiB", async () => {
    await using place = await withRuntime();
    const answer = await place.client.unary(testPaths.bytes, Buffer.from("33554432"), noMetadata, signal);
    assert.equal(answer.type === "ok" && answer.message.length, 33_554_432);
  });

  it("sends the caller's metadata along, but not what belongs to the caller's hop", async () => {
    await using place = await withRuntime();
    const metadata: CallMetadata = [
      ["traceparent", "00-1-2-01"],
      ["x-twice", "1"],
      ["x-twice", "2"],
      ["grpc-timeout", "1m"],
      ["user-agent", "kubelet"],
      ["content-type", "application/grpc+json"],
      ["grpc-encoding", "gzip"],
    ];
    await place.client.unary(testPaths.echo, message, metadata, signal);
    const seen = place.runtime.calls[0]?.metadata ?? [];
    const values = (name: string) => seen.filter(([field]) => field === name).map(([, value]) => value);
    assert.deepEqual(values("traceparent"), ["00-1-2-01"]);
    assert.deepEqual(values("x-twice"), ["1", "2"]);
    assert.deepEqual(values("user-agent"), ["countersign"]);
    assert.deepEqual(values("content-type"), ["application/grpc"]);
    assert.deepEqual([...values("grpc-timeout"), ...values("grpc-encoding")], []);
  });

  it("reads a refusal with its message and details", async () => {
    await using place = await withRuntime();
    place.runtime.fail(/Echo/, failsWith(5, "nicht da: 100%", Buffer.from([1, 2])));
    assert.deepEqual(await place.status(), {
      code: 5,
      message: "nicht da: 100%",
      detailsBin: Buffer.from([1, 2]),
    });
  });

  const resets: readonly (readonly [http2: number, grpc: number])[] = [
    [7, 14],
    [8, 1],
    [11, 8],
    [2, 13],
  ];
  for (const [http2, grpc] of resets) {
    it(`takes a reset with HTTP/2 error ${http2} for status ${grpc}`, async () => {
      await using place = await withRuntime();
      place.runtime.fail(/Echo/, resetsStream(http2));
      assert.equal((await place.status()).code, grpc);
    });
  }

  it("is UNAVAILABLE while the runtime is not there, and works when it is", async () => {
    await using place = await withRuntime();
    await place.runtime.kill();
    assert.partialDeepStrictEqual(await place.status(), { code: 14 });
    assert.match((await place.status()).message, /^container runtime unix:\/\/.* is unavailable: connect /);
    await place.runtime.restart();
    assert.equal((await place.client.unary(testPaths.echo, message, noMetadata, signal)).type, "ok");
  });

  it("is UNAVAILABLE when the runtime dies during the call", async () => {
    await using place = await withRuntime();
    place.runtime.fail(/Echo/, hangs);
    const arrived = place.runtime.next(/Echo/);
    const status = place.status();
    await arrived;
    await place.runtime.kill();
    assert.deepEqual(await status, {
      code: 14,
      message: `container runtime unix://${place.runtime.socket} went away during the call`,
    });
  });

  it("uses one connection for everything, and a new one after a graceful restart", async () => {
    await using place = await withRuntime();
    const calls = Array.from({ length: 50 }, () =>
      place.client.unary(testPaths.echo, message, noMetadata, signal),
    );
    assert.ok((await Promise.all(calls)).every(({ type }) => type === "ok"));
    assert.equal(place.runtime.connections, 1);
    await place.runtime.shutDown();
    await place.runtime.restart();
    assert.equal((await place.client.unary(testPaths.echo, message, noMetadata, signal)).type, "ok");
  });

  it("is CANCELLED by its signal, and so is the call at the runtime", async () => {
    await using place = await withRuntime();
    place.runtime.fail(/Echo/, hangs);
    const cancel = new AbortController();
    const arrived = place.runtime.next(/Echo/);
    const answer = place.client.unary(testPaths.echo, message, noMetadata, cancel.signal);
    const { cancelled } = await arrived;
    cancel.abort();
    assert.deepEqual(await answer, {
      type: "status",
      status: { code: 1, message: "the call was cancelled" },
    });
    while (!cancelled.aborted) await new Promise(setImmediate);
  });

  it("is CANCELLED at once by a signal that has fired", async () => {
    await using place = await withRuntime();
    const answer = await place.client.unary(testPaths.echo, message, noMetadata, AbortSignal.abort());
    assert.partialDeepStrictEqual(answer, { type: "status", status: { code: 1 } });
    assert.equal(place.runtime.calls.length, 0);
  });
});

describe("the runtime client does not take for an answer", () => {
  const answers: readonly (readonly [
    what: string,
    headers: Record<string, string | number>,
    body: Buffer,
    code: number,
  ])[] = [
    ["a web page", { ":status": 404, "content-type": "text/html" }, Buffer.from("<p>no"), 2],
    ["a proxy's failure", { ":status": 503 }, Buffer.alloc(0), 14],
    ["an OK without a message", { ":status": 200, "grpc-status": "0" }, Buffer.alloc(0), 13],
    ["a body that is cut short", { ":status": 200, "grpc-status": "0" }, Buffer.from([0, 0, 0, 0, 9, 1]), 13],
    [
      "a compressed message that nobody asked for",
      { ":status": 200, "grpc-status": "0" },
      Buffer.from([1, 0, 0, 0, 1, 1]),
      13,
    ],
    [
      "a status that is no number",
      { ":status": 200, "grpc-status": "fine" },
      Buffer.from([0, 0, 0, 0, 0]),
      2,
    ],
  ];
  for (const [what, { "grpc-status": grpcStatus, ...headers }, body, code] of answers) {
    it(what, async () => {
      await using built = new AsyncDisposableStack();
      const socket = join(await temporaryDirectory(built), "runtime.sock");
      const server = createServer();
      server.on("stream", (stream) => {
        stream.respond(headers, { waitForTrailers: grpcStatus !== undefined });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(grpcStatus) }));
        stream.end(body);
      });
      await listening(server, socket);
      const client = openRuntime(parseEndpoint(socket));
      built.defer(() => void server.close());
      built.defer(() => client.close());
      const answer = await client.unary("/a.Service/Method", message, noMetadata, signal);
      assert.equal(answer.type === "status" && answer.status.code, code);
    });
  }
});

interface Place extends AsyncDisposable {
  readonly runtime: TestRuntime;
  readonly client: Runtime;
  /** how a call to the echo is refused */
  status(): Promise<RpcStatus>;
}

async function withRuntime(): Promise<Place> {
  await using built = new AsyncDisposableStack();
  const directory = await temporaryDirectory(built);
  const runtime = built.use(await startRuntime({ socket: join(directory, "runtime.sock") }));
  const client = openRuntime(parseEndpoint(runtime.socket));
  built.defer(() => client.close());
  const parts = built.move();
  return {
    runtime,
    client,
    async status() {
      const answer = await client.unary(testPaths.echo, message, noMetadata, signal);
      assert.equal(answer.type, "status");
      return (answer as Extract<typeof answer, { type: "status" }>).status;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
