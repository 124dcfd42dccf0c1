import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, createServer } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { failsWith, hangs, resetsStream, waitsFor } from "@countersign/testkit/runtime/runtime-faults";
import { testPaths } from "@countersign/testkit/runtime/test-service";
import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { parseEndpoint } from "../runtime/runtime-endpoint.ts";
import {
  listening,
  listenRelay,
  openGate,
  relayToTestRuntime,
  temporaryDirectory,
} from "../testing/relay-on-sockets.ts";
import { frameMessage } from "./grpc-message.ts";

const echoed = Buffer.from("what nobody here can read");

describe("a call passes the relay", () => {
  it("with its bytes, whatever the method", async () => {
    await using relayed = await relayToTestRuntime();
    assert.deepEqual(await relayed.client().callBytes(testPaths.echo, echoed), echoed);
  });

  it("with its metadata: repeated, binary, traced, and the caller's own user-agent", async () => {
    await using relayed = await relayToTestRuntime();
    const metadata = new Metadata();
    metadata.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    metadata.set("x-blob-bin", Buffer.from([0, 255, 128]));
    metadata.add("x-twice", "first");
    metadata.add("x-twice", "second");
    await relayed.client().callBytes(testPaths.echo, echoed, { metadata });
    const seen = relayed.runtime.calls[0]?.metadata ?? [];
    const values = (name: string) => seen.filter(([field]) => field === name).map(([, value]) => value);
    assert.deepEqual(values("traceparent"), ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]);
    assert.deepEqual(values("x-blob-bin"), ["AP+A"]);
    assert.deepEqual(values("x-twice"), ["first", "second"]);
    assert.match(values("user-agent").join(), /^grpc-node-js\//);
    assert.match(values("grpc-timeout").join(), /^\d+[mSM]$/);
  });

  it("with messages of 16 MiB both ways", async () => {
    await using relayed = await relayToTestRuntime();
    const message = Buffer.alloc(16 * 1024 * 1024, "0123456789abcdef");
    const answer = await relayed.client().callBytes(testPaths.echo, message);
    assert.equal(answer.compare(message), 0);
  });

  it("with a stream of answers, in order and complete", async () => {
    await using relayed = await relayToTestRuntime();
    const sizes: number[] = [];
    for await (const message of relayed.client().streamBytes(testPaths.messages, Buffer.from("2000x700")))
      sizes.push(message.length);
    assert.deepEqual(sizes, Array(2000).fill(700));
  });

  it("with streams both ways at once", async () => {
    await using relayed = await relayToTestRuntime();
    const call = relayed.client().grpc.makeBidiStreamRequest(
      testPaths.echo,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
    );
    const answers: string[] = [];
    call.on("data", (bytes: Buffer) => {
      answers.push(bytes.toString());
      if (answers.length === 3) call.end();
      else call.write(Buffer.from(`message ${answers.length}`));
    });
    call.write(Buffer.from("message 0"));
    await once(call, "end");
    assert.deepEqual(answers, ["message 0", "message 1", "message 2"]);
  });

  it("with the runtime's status, message and details", async () => {
    await using relayed = await relayToTestRuntime();
    const details = Buffer.from([8, 9, 18, 3, 97, 98, 99]);
    relayed.runtime.fail(/Version/, failsWith(9, "nicht möglich: 100% belegt", details));
    await assert.rejects(relayed.client().version({}), (error: ServiceError) => {
      assert.deepEqual([error.code, error.details], [9, "nicht möglich: 100% belegt"]);
      assert.deepEqual(error.metadata.get("grpc-status-details-bin"), [details]);
      return true;
    });
  });

  it("with what a kubelet probes for: an unknown method is UNIMPLEMENTED by the runtime's own word", async () => {
    await using relayed = await relayToTestRuntime();
    const probe = relayed
      .client()
      .streamBytes("/runtime.v1.RuntimeService/StreamContainers", Buffer.alloc(0));
    await assert.rejects(probe.toArray(), {
      code: 12,
      details: "unknown method StreamContainers for service runtime.v1.RuntimeService",
    });
  });

  it("with its deadline, which ends it at the runtime too", async () => {
    await using relayed = await relayToTestRuntime();
    relayed.runtime.fail(/Version/, hangs);
    const arrived = relayed.runtime.next(/Version/);
    const client = relayed.client();
    // On a busy machine a deadline can be over before anybody but the caller has heard of the call.
    for (let timeout = 50; relayed.runtime.calls.length === 0; timeout *= 2)
      await assert.rejects(client.version({}, { timeout }), { code: 4 });
    await aborted((await arrived).cancelled);
  });

  it("with the caller's change of mind, which reaches the runtime", async () => {
    await using relayed = await relayToTestRuntime();
    relayed.runtime.fail(/Version/, hangs);
    const cancel = new AbortController();
    const arrived = relayed.runtime.next(/Version/);
    const call = relayed.client().version({}, { signal: cancel.signal });
    const { cancelled } = await arrived;
    cancel.abort();
    await assert.rejects(call, { code: 1 });
    await aborted(cancelled);
  });

  it("with the caller's disappearance, which ends its connection to the runtime", async () => {
    await using relayed = await relayToTestRuntime();
    relayed.runtime.fail(/Version/, hangs);
    const arrived = relayed.runtime.next(/Version/);
    const session = connectHttp2("http://localhost", { createConnection: () => connect(relayed.socket) });
    session
      .request({ ":method": "POST", ":path": "/runtime.v1.RuntimeService/Version" })
      .end()
      .on("error", () => 0);
    session.on("error", () => 0);
    const { cancelled } = await arrived;
    session.destroy();
    await aborted(cancelled);
  });

  it("with the runtime's reset of the stream", async () => {
    await using relayed = await relayToTestRuntime();
    relayed.runtime.fail(/Version/, resetsStream(11));
    await assert.rejects(relayed.client().version({}), { code: 8 });
  });
});

describe("a connection through the relay", () => {
  it("holds ten thousand calls at once, and lets them all go", async () => {
    await using relayed = await relayToTestRuntime();
    relayed.runtime.fail(/Version/, hangs);
    const session = connectHttp2("http://localhost", {
      createConnection: () => connect(relayed.socket),
      peerMaxConcurrentStreams: 20_000,
    });
    session.setMaxListeners(0);
    const streams = Array.from({ length: 10_000 }, () => {
      const stream = session.request({ ":method": "POST", ":path": "/runtime.v1.RuntimeService/Version" });
      stream.on("error", () => 0);
      stream.end();
      return stream;
    });
    while (relayed.runtime.calls.length < 10_000) await relayed.runtime.next(/Version/);
    for (const stream of streams) stream.close(8);
    await Promise.all(relayed.runtime.calls.map(({ cancelled }) => aborted(cancelled)));
    session.destroy();
    relayed.runtime.heal();
    assert.equal((await relayed.client().version({})).runtimeName, "testkit");
  });

  it("does not take from the runtime what the caller does not read", async () => {
    await using relayed = await relayToTestRuntime();
    const arrived = relayed.runtime.next(/Messages/);
    const session = connectHttp2("http://localhost", { createConnection: () => connect(relayed.socket) });
    const stream = session.request({ ":method": "POST", ":path": testPaths.messages });
    stream.pause();
    stream.end(frameMessage(Buffer.from("4096x16384")));
    const unread = await arrived;
    // More than any buffer on the way holds goes by on another connection meanwhile.
    const other = relayed.client();
    for (let call = 0; call < 8; call++) await other.callBytes(testPaths.bytes, Buffer.from("8000000"));
    assert.ok(unread.sentBytes < 1024 * 1024, `${unread.sentBytes} bytes went out unread`);
    let received = 0;
    for await (const chunk of stream) received += chunk.length;
    assert.equal(received, 4096 * (16384 + 5));
    session.destroy();
  });

  it("carries pings to the runtime and back", async () => {
    await using relayed = await relayToTestRuntime();
    const session = connectHttp2("http://localhost", { createConnection: () => connect(relayed.socket) });
    await once(session, "remoteSettings");
    const [, payload] = await new Promise<[number, Buffer]>((resolve, reject) =>
      session.ping(Buffer.from("8 bytes!"), (error, duration, answer) =>
        error ? reject(error) : resolve([duration, answer]),
      ),
    );
    assert.equal(payload.toString(), "8 bytes!");
    session.destroy();
  });

  it("has the runtime's settings, but for the header table, which ends at the relay", async () => {
    await using built = new AsyncDisposableStack();
    const directory = await temporaryDirectory(built);
    const runtime = createServer({
      settings: {
        maxConcurrentStreams: 7,
        headerTableSize: 65_536,
        maxFrameSize: 1_000_000,
        initialWindowSize: 99_999,
      },
    });
    await listening(runtime, join(directory, "runtime.sock"));
    built.defer(() => void runtime.close());
    const relayed = built.use(
      await listenRelay(parseEndpoint(join(directory, "runtime.sock")), openGate, directory),
    );
    const session = connectHttp2("http://localhost", { createConnection: () => connect(relayed.socket) });
    const [settings] = await once(session, "remoteSettings");
    assert.partialDeepStrictEqual(settings, {
      maxConcurrentStreams: 7,
      headerTableSize: 4096,
      maxFrameSize: 65_536,
      initialWindowSize: 99_999,
    });
    session.destroy();
  });

  it("ends with the runtime's reason when the runtime has had enough of it", async () => {
    await using built = new AsyncDisposableStack();
    const directory = await temporaryDirectory(built);
    const runtime = createServer();
    runtime.on("stream", (stream) => {
      stream.on("error", () => 0);
      stream.session?.goaway(11, 0, Buffer.from("too_many_pings"));
    });
    await listening(runtime, join(directory, "runtime.sock"));
    built.defer(() => void runtime.close());
    const relayed = built.use(
      await listenRelay(parseEndpoint(join(directory, "runtime.sock")), openGate, directory),
    );
    const session = connectHttp2("http://localhost", { createConnection: () => connect(relayed.socket) });
    session.on("error", () => 0);
    session.request({ ":method": "POST", ":path": "/a/B" }).on("error", () => 0);
    const [code, , reason] = await once(session, "goaway");
    assert.deepEqual([code, String(reason)], [11, "too_many_pings"]);
    session.destroy();
  });

  it("answers quick calls while a slow one waits", async () => {
    await using relayed = await relayToTestRuntime();
    const release = Promise.withResolvers<void>();
    relayed.runtime.fail(/Status/, waitsFor(release.promise));
    const client = relayed.client();
    const slow = client.status({});
    assert.equal((await client.version({})).runtimeName, "testkit");
    release.resolve();
    assert.equal((await slow).status?.conditions.length, 2);
  });
});

function aborted(signal: AbortSignal): Promise<unknown> {
  return signal.aborted ? Promise.resolve() : once(signal, "abort");
}
