import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ContainerConfigSchema, PodSandboxConfigSchema } from "@countersign/sources/cri/generated/cri_pb";
import { startRuntime } from "@countersign/testkit/runtime/runtime";
import { dropsConnectionMidAnswer, hangs, waitsFor } from "@countersign/testkit/runtime/runtime-faults";
import { testPaths } from "@countersign/testkit/runtime/test-service";
import { parseEndpoint } from "../runtime/runtime-endpoint.ts";
import { FrameCaller, frameOf, requestHeaders } from "../testing/frame-caller.ts";
import {
  gateOf,
  listenRelay,
  openGate,
  relayToTestRuntime,
  temporaryDirectory,
} from "../testing/relay-on-sockets.ts";
import { errorCode, frameType, pingAck } from "./frame.ts";

const sandboxConfig = create(PodSandboxConfigSchema, {});
const containerConfig = create(ContainerConfigSchema, {});

describe("while the runtime is not there", () => {
  it("every call is UNAVAILABLE and says which runtime, the gated ones unasked", async () => {
    await using relayed = await relayToTestRuntime(gateOf(() => ({ type: "forward" })));
    await relayed.runtime.kill();
    const client = relayed.client();
    const expected = {
      code: 14,
      details: /^container runtime unix:\/\/.*runtime\.sock is unavailable: connect /,
    };
    await assert.rejects(client.version({}), expected);
    await assert.rejects(client.pullImage({}), expected);
    await assert.rejects(client.containerEvents().toArray(), expected);
    await assert.rejects(client.callBytes("/any.Service/AtAll", Buffer.alloc(100_000)), expected);
  });

  it("a connection made meanwhile serves as soon as it is back, with all its calls", async () => {
    await using built = new AsyncDisposableStack();
    const directory = await temporaryDirectory(built);
    const socket = join(directory, "runtime.sock");
    const relayed = built.use(await listenRelay(parseEndpoint(socket), openGate, directory));
    const session = connectHttp2("http://localhost", {
      createConnection: () => connect(relayed.socket),
      settings: { initialWindowSize: 1_000_000 },
    });
    await once(session, "remoteSettings");
    session.setLocalWindowSize(4_000_000);
    assert.equal(await statusOf(session, "/countersign.test/Bytes"), "14");
    built.use(await startRuntime({ socket }));
    assert.equal(await statusOf(session, "/countersign.test/Bytes", "3000000"), "0");
    assert.equal(await statusOf(session, "/countersign.test/Bytes", "3000000"), "0");
    session.destroy();
    assert.deepEqual(
      relayed.events.map(({ type }) => type),
      ["runtimeUnavailable", "runtimeUnavailable", "runtimeReached"],
    );
  });

  it("pings are answered, so that keepalive does not take the gateway for dead", async () => {
    await using relayed = await relayToTestRuntime();
    await relayed.runtime.kill();
    using caller = await FrameCaller.greet(relayed.socket);
    const ping = frameOf(frameType.ping, 0, 0, Buffer.from("01234567"));
    caller.write(ping);
    assert.deepEqual((await caller.nextOf(frameType.ping)).bytes, pingAck(ping));
  });
});

describe("when the runtime goes away", () => {
  it("the calls under way are UNAVAILABLE, and later ones work once it is back", async () => {
    await using relayed = await relayToTestRuntime();
    relayed.runtime.fail(/Version|Status/, hangs);
    const client = relayed.client();
    const arrived = [relayed.runtime.next(/Version/), relayed.runtime.next(/Status/)];
    const calls = [client.version({}), client.status({})];
    const outcomes = Promise.allSettled(calls);
    await Promise.all(arrived);
    await relayed.runtime.kill();
    for (const outcome of await outcomes) {
      assert.equal(outcome.status, "rejected");
      assert.partialDeepStrictEqual({ ...outcome.reason }, { code: 14 });
      assert.match(outcome.reason.details, /^container runtime unix:\/\/.*runtime\.sock went away: /);
    }
    relayed.runtime.heal();
    await assert.rejects(client.version({}), { code: 14 });
    await relayed.runtime.restart();
    assert.equal((await client.version({})).runtimeName, "testkit");
  });

  it("an answer half given ends in UNAVAILABLE, not as if it were whole", async () => {
    await using relayed = await relayToTestRuntime();
    relayed.runtime.fail(/Messages/, dropsConnectionMidAnswer);
    const stream = relayed.client().streamBytes(testPaths.messages, Buffer.from("1x1"));
    await assert.rejects(stream.toArray(), { code: 14 });
  });

  it("a stream of events ends in UNAVAILABLE, and a new one gets events again", async () => {
    await using relayed = await relayToTestRuntime();
    const client = relayed.client();
    const arrived = relayed.runtime.next(/GetContainerEvents/);
    const events = client.containerEvents().toArray();
    await arrived;
    await relayed.runtime.kill();
    await assert.rejects(events, { code: 14 });
    await relayed.runtime.restart();
    const arrivedAgain = relayed.runtime.next(/GetContainerEvents/);
    const again = client.containerEvents();
    await arrivedAgain;
    const sandbox = relayed.runtime.pods.runSandbox(sandboxConfig, "");
    relayed.runtime.pods.create(sandbox, containerConfig, { imageId: "", imageRef: "", contents: [] });
    await once(again, "data");
    again.on("error", () => 0).cancel();
  });

  it("gracefully, the calls under way end as they would", async () => {
    await using relayed = await relayToTestRuntime();
    const release = Promise.withResolvers<void>();
    relayed.runtime.fail(/Version/, waitsFor(release.promise), 1);
    const client = relayed.client();
    const arrived = relayed.runtime.next(/Version/);
    const call = client.version({});
    await arrived;
    const down = relayed.runtime.shutDown();
    release.resolve();
    assert.equal((await call).runtimeName, "testkit");
    await down;
    await assert.rejects(client.version({}), { code: 14 });
    await relayed.runtime.restart();
    assert.equal((await client.version({})).runtimeName, "testkit");
  });

  it("the caller is asked to connect again, and not to repeat what was begun", async () => {
    await using relayed = await relayToTestRuntime();
    relayed.runtime.fail(/Version/, hangs);
    const arrived = relayed.runtime.next(/Version/);
    using caller = await FrameCaller.greet(relayed.socket);
    caller.write(requestHeaders(1, "/runtime.v1.RuntimeService/Version", true));
    await arrived;
    await relayed.runtime.kill();
    assert.equal((await caller.headersOn(1)).get("grpc-status"), "14");
    const { bytes } = await caller.nextOf(frameType.goaway);
    assert.deepEqual([bytes.readUInt32BE(9), bytes.readUInt32BE(13)], [1, errorCode.noError]);
    await caller.closed();
  });

  it("many times under load, every call ends, and the last ones well", async () => {
    await using relayed = await relayToTestRuntime();
    const client = relayed.client();
    const codes = new Set<number>();
    let running = true;
    const callers = Array.from({ length: 8 }, async () => {
      while (running) {
        await client.version({}).then(
          () => codes.add(0),
          (error) => codes.add(error.code),
        );
      }
    });
    for (let round = 0; round < 5; round++) {
      await relayed.runtime.next(/Version/);
      await relayed.runtime.kill();
      await relayed.runtime.restart();
    }
    await relayed.runtime.next(/Version/);
    running = false;
    await Promise.all(callers);
    assert.deepEqual([...codes].sort(), [0, 14]);
    assert.equal((await client.version({})).runtimeName, "testkit");
  });
});

async function statusOf(
  session: ReturnType<typeof connectHttp2>,
  path: string,
  body = "1",
): Promise<string | undefined> {
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
  stream.end(Buffer.concat([Buffer.of(0, 0, 0, 0, body.length), Buffer.from(body)]));
  stream.resume();
  return new Promise((resolve, reject) => {
    stream.once("response", (headers) => {
      if (headers["grpc-status"] !== undefined) resolve(String(headers["grpc-status"]));
    });
    stream.once("trailers", (headers) => resolve(String(headers["grpc-status"])));
    stream.once("error", reject);
  });
}
