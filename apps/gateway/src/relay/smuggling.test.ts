import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { GateAnswer } from "../gate.ts";
import { parseEndpoint } from "../runtime/runtime-endpoint.ts";
import { dataFrame, FrameCaller, frameOf, requestFields, requestHeaders } from "../testing/frame-caller.ts";
import { startFrameRuntime } from "../testing/frame-runtime.ts";
import {
  gatedPath,
  gateOf,
  listenRelay,
  type RelayedRuntime,
  relayToTestRuntime,
  temporaryDirectory,
} from "../testing/relay-on-sockets.ts";
import {
  clientPreface,
  emptyFrame,
  errorCode,
  flag,
  frameType,
  headerFrames,
  windowUpdate,
} from "./frame.ts";
import { frameMessage } from "./grpc-message.ts";
import { encodeBlock, literalField } from "./header-field.ts";

const refusing = gateOf(() => ({ type: "status", status: { code: 2, message: "no" } }));
const message = dataFrame(1, frameMessage(Buffer.from("x")), true);
const version = "/runtime.v1.RuntimeService/Version";
const path = (text: string) => [literalField(":path", text)];
const withPath = (...paths: readonly string[]) =>
  encodeBlock([
    ...requestFields("/").filter(({ name }) => name.startsWith(":") && name !== ":path"),
    ...paths.flatMap(path),
    ...requestFields("/").filter(({ name }) => !name.startsWith(":")),
  ]);
const open = (block: Buffer, end = false) => headerFrames(1, block, end);

describe("a gated call is gated", () => {
  const disguises: readonly (readonly [how: string, frames: readonly Buffer[]])[] = [
    ["written plainly", [open(withPath(gatedPath)), message]],
    ["with its path never to be indexed", [open(neverIndexed()), message]],
    ["with its headers cut to shreds", [...inContinuations(withPath(gatedPath), 4), message]],
    ["with its headers padded and prioritised", [paddedHeaders(withPath(gatedPath)), message]],
    ["with its message padded and in pieces", [open(withPath(gatedPath)), ...inPieces()]],
    [
      "with its end in an empty frame",
      [
        open(withPath(gatedPath)),
        dataFrame(1, frameMessage(Buffer.of(1)), false),
        dataFrame(1, Buffer.alloc(0), true),
      ],
    ],
    [
      "between frames of unknown types",
      [
        frameOf(0xbe, 0xff, 1, Buffer.alloc(7)),
        open(withPath(gatedPath)),
        frameOf(0xef, 0, 0, Buffer.of(1)),
        message,
      ],
    ],
  ];
  for (const [how, frames] of disguises) {
    it(how, async () => {
      await using relayed = await relayToTestRuntime(refusing);
      using caller = await FrameCaller.greet(relayed.socket);
      caller.write(...frames);
      assert.equal((await caller.headersOn(1)).get("grpc-message"), "no");
      await onlyVersionWasSeen(relayed);
    });
  }

  it("as nghttp2 writes it: first in Huffman code, then from its table", async () => {
    await using relayed = await relayToTestRuntime(refusing);
    const client = relayed.client();
    for (let call = 0; call < 3; call++)
      await assert.rejects(client.pullImage({}), { code: 2, details: "no" });
    await onlyVersionWasSeen(relayed);
  });

  it("after a malformed call of the same caller", async () => {
    await using relayed = await relayToTestRuntime(refusing);
    using caller = await FrameCaller.greet(relayed.socket);
    caller.write(open(withPath(version, gatedPath)));
    caller.write(headerFrames(3, withPath(gatedPath), false), dataFrame(3, frameMessage(Buffer.of(1)), true));
    assert.equal((await caller.headersOn(3)).get("grpc-message"), "no");
    await onlyVersionWasSeen(relayed);
  });
});

describe("a request is malformed, and nobody's call,", () => {
  const malformed: readonly (readonly [why: string, block: Buffer])[] = [
    ["with two paths", withPath(version, gatedPath)],
    ["with two paths the other way round", withPath(gatedPath, version)],
    ["with the same path twice", withPath(version, version)],
    ["without a path", withPath()],
    ["with an empty path", withPath("")],
    [
      "with a path in upper-case letters of its name",
      encodeBlock([...requestFields(version), literalField(":Path", gatedPath)]),
    ],
    [
      "with a path after regular headers",
      encodeBlock([...requestFields("/").filter(({ name }) => name !== ":path"), ...path(gatedPath)]),
    ],
    [
      "with a pseudo-header nobody knows",
      encodeBlock([literalField(":protocol", "x"), ...requestFields(version)]),
    ],
    [
      "with a response's pseudo-header",
      encodeBlock([literalField(":status", "200"), ...requestFields(version)]),
    ],
    ["with an upper-case name", encodeBlock([...requestFields(version), literalField("X-Upper", "1")])],
    ["with an empty name", encodeBlock([...requestFields(version), literalField("", "1")])],
    [
      "with a name that holds a line break",
      encodeBlock([...requestFields(version), literalField("a\r\nb", "1")]),
    ],
    [
      "with a value that holds a line break",
      encodeBlock([...requestFields(version), literalField("a", "1\r\n:path: x")]),
    ],
    ["with a path that holds a NUL", withPath(`${gatedPath}\0`)],
    [
      "with HTTP/1.1's connection header",
      encodeBlock([...requestFields(version), literalField("connection", "close")]),
    ],
    [
      "with a transfer encoding",
      encodeBlock([...requestFields(version), literalField("transfer-encoding", "chunked")]),
    ],
    ["with a te that is not trailers", encodeBlock([...requestFields(version), literalField("te", "gzip")])],
  ];
  for (const [why, block] of malformed) {
    it(why, async () => {
      await using relayed = await relayToTestRuntime(refusing);
      using caller = await FrameCaller.greet(relayed.socket);
      caller.write(open(block), message);
      const reset = await caller.nextOf(frameType.rstStream, 1);
      assert.equal(reset.bytes.readUInt32BE(9), errorCode.protocolError);
      caller.write(
        headerFrames(3, withPath(version), false),
        dataFrame(3, frameMessage(Buffer.alloc(0)), true),
      );
      assert.equal((await caller.headersOn(3)).get(":status"), "200");
      await onlyVersionWasSeen(relayed);
      assert.deepEqual(await pathsLetThrough(open(block), message), []);
    });
  }
});

describe("a path that a runtime could take for a gated one", () => {
  const nearly: readonly (readonly [what: string, text: string])[] = [
    ["without its slash, which grpc-go takes for the same", gatedPath.slice(1)],
    ["with a space before it", ` ${gatedPath}`],
    ["as a whole URL", `http://localhost${gatedPath}`],
    ["as the asterisk", "*"],
  ];
  for (const [what, text] of nearly) {
    it(`is refused here / ${what}`, async () => {
      await using relayed = await relayToTestRuntime(refusing);
      using caller = await FrameCaller.greet(relayed.socket);
      caller.write(open(withPath(text)), message);
      const headers = await caller.headersOn(1);
      assert.equal(headers.get("grpc-status"), "12");
      assert.match(headers.get("grpc-message") ?? "", /^malformed method name: /);
      await onlyVersionWasSeen(relayed);
    });
  }

  const other: readonly string[] = [
    `/${gatedPath}`,
    `${gatedPath}/`,
    `${gatedPath}?x`,
    gatedPath.replace("P", "%50"),
    gatedPath.toLowerCase(),
  ];
  for (const text of other) {
    it(`passes, and is another method to the runtime as well / ${text}`, async () => {
      await using relayed = await relayToTestRuntime(refusing);
      using caller = await FrameCaller.greet(relayed.socket);
      caller.write(open(withPath(text)), message);
      assert.equal((await caller.headersOn(1)).get("grpc-status"), "12");
      assert.deepEqual(
        relayed.runtime.calls.map((call) => call.path),
        [text],
      );
    });
  }
});

describe("a call cannot become another one", () => {
  it("by a second header list with another path", async () => {
    await using relayed = await relayToTestRuntime(refusing);
    using caller = await FrameCaller.greet(relayed.socket);
    const frames = [open(withPath(version)), open(withPath(gatedPath), true)];
    caller.write(...frames);
    const reset = await caller.nextOf(frameType.rstStream, 1);
    assert.equal(reset.bytes.readUInt32BE(9), errorCode.protocolError);
    await onlyVersionWasSeen(relayed);
    assert.deepEqual(await pathsLetThrough(...frames), [version]);
  });

  it("by a second header list after which it goes on", async () => {
    await using relayed = await relayToTestRuntime(refusing);
    using caller = await FrameCaller.greet(relayed.socket);
    caller.write(open(withPath(version)), open(encodeBlock([literalField("a", "b")])), message);
    const reset = await caller.nextOf(frameType.rstStream, 1);
    assert.equal(reset.bytes.readUInt32BE(9), errorCode.protocolError);
  });

  it("by a stream id used before", async () => {
    await using relayed = await relayToTestRuntime(refusing);
    using caller = await FrameCaller.greet(relayed.socket);
    caller.write(
      headerFrames(5, withPath(version), false),
      dataFrame(5, frameMessage(Buffer.alloc(0)), true),
    );
    await caller.headersOn(5);
    caller.write(
      headerFrames(3, withPath(gatedPath), false),
      dataFrame(3, frameMessage(Buffer.alloc(0)), true),
    );
    caller.write(
      headerFrames(7, withPath(version), false),
      dataFrame(7, frameMessage(Buffer.alloc(0)), true),
    );
    await caller.headersOn(7);
    await onlyVersionWasSeen(relayed);
  });

  it("by data after its end, while it is decided about", async () => {
    const decision = Promise.withResolvers<GateAnswer>();
    const gate = gateOf(() => decision.promise);
    await using relayed = await relayToTestRuntime(gate);
    using caller = await FrameCaller.greet(relayed.socket);
    const another = dataFrame(1, frameMessage(Buffer.from("y")), true);
    caller.write(open(withPath(gatedPath)), message, another);
    caller.write(
      headerFrames(3, withPath(version), false),
      dataFrame(3, frameMessage(Buffer.alloc(0)), true),
    );
    assert.equal((await caller.nextHeaders()).stream, 3, "the first call is not answered yet");
    decision.resolve({ type: "status", status: { code: 2, message: "no" } });
    assert.equal((await caller.headersOn(1)).get("grpc-message"), "no");
    assert.deepEqual(
      gate.asked.map((call) => Buffer.from(call.message).toString()),
      ["x"],
    );
  });

  it("by data for a call that was refused", async () => {
    await using relayed = await relayToTestRuntime(refusing);
    using caller = await FrameCaller.greet(relayed.socket);
    caller.write(open(withPath(gatedPath.slice(1))), message, message, windowUpdate(1, 5));
    await caller.headersOn(1);
    await onlyVersionWasSeen(relayed);
  });
});

describe("whatever a caller sends, no gated call gets past the gate and the relay goes on", () => {
  const frame = fc.oneof(
    fc
      .record({
        type: fc.integer({ min: 0, max: 11 }),
        flags: fc.integer({ min: 0, max: 255 }),
        stream: fc.integer({ min: 0, max: 9 }),
        payload: fc.uint8Array({ maxLength: 64 }),
      })
      .map(({ type, flags, stream, payload }) => frameOf(type, flags, stream, payload)),
    fc
      .record({ stream: fc.constantFrom(1, 3, 5, 7), gated: fc.boolean(), end: fc.boolean() })
      .map(({ stream, gated, end }) => requestHeaders(stream, gated ? gatedPath : version, end)),
    fc
      .record({
        stream: fc.constantFrom(1, 3, 5, 7),
        payload: fc.uint8Array({ maxLength: 40 }),
        end: fc.boolean(),
      })
      .map(({ stream, payload, end }) => dataFrame(stream, frameMessage(payload), end)),
  );
  const spoken = fc
    .array(frame, { maxLength: 12 })
    .map((frames) => Buffer.concat([clientPreface, emptyFrame(frameType.settings, 0, 0, 0), ...frames]));
  const mangled = fc
    .tuple(spoken, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }))
    .map(([bytes, changes]) => {
      const copy = Buffer.from(bytes);
      for (const [at, value] of changes) copy[at % copy.length] = value;
      return copy;
    });

  for (const [what, bytes, reachesTheRuntime] of [
    ["frames in any order", spoken, true],
    ["frames with some bytes changed", mangled, true],
    ["arbitrary bytes", fc.uint8Array({ maxLength: 200 }), false],
    [
      "arbitrary bytes after the preface",
      fc.uint8Array({ maxLength: 200 }).map((rest) => Buffer.concat([clientPreface, rest])),
      false,
    ],
  ] as const) {
    it(what, async () => {
      await using built = new AsyncDisposableStack();
      const directory = await temporaryDirectory(built);
      const runtime = built.use(await startFrameRuntime(directory));
      const relayed = built.use(await listenRelay(parseEndpoint(runtime.socket), refusing, directory));
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(bytes, async (sent) => {
          using caller = await FrameCaller.connect(relayed.socket);
          caller.write(sent);
          caller.end();
          await caller.closed();
          await runtime.ended(++runs);
          assert.deepEqual(
            runtime.paths.filter((seen) => seen === gatedPath || !seen.startsWith("/")),
            [],
          );
        }),
        { numRuns: 300 },
      );
      assert.equal(runtime.paths.length > 0, reachesTheRuntime);
      assert.deepEqual(
        relayed.events.filter(
          (event) =>
            event.type !== "runtimeReached" &&
            (event.type !== "callerFault" || event.message.startsWith("unexpected")),
        ),
        [],
      );
    });
  }
});

/** Comes after everything before it on its own connection, so what the runtime saw by then is all of it. */
async function onlyVersionWasSeen(relayed: RelayedRuntime): Promise<void> {
  await relayed.client().version({});
  assert.deepEqual(new Set(relayed.runtime.calls.map((call) => call.path)), new Set([version]));
}

/** The calls that arrive at a runtime which takes everything, and would not refuse what is malformed by itself. */
async function pathsLetThrough(...frames: readonly Buffer[]): Promise<readonly string[]> {
  await using built = new AsyncDisposableStack();
  const directory = await temporaryDirectory(built);
  const runtime = built.use(await startFrameRuntime(directory));
  const relayed = built.use(await listenRelay(parseEndpoint(runtime.socket), refusing, directory));
  using caller = await FrameCaller.connect(relayed.socket);
  caller.write(clientPreface, emptyFrame(frameType.settings, 0, 0, 0), ...frames);
  caller.end();
  await caller.closed();
  await runtime.ended(1);
  return runtime.paths;
}

function prefixOf(): Buffer {
  return encodeBlock(requestFields("/").filter(({ name }) => name.startsWith(":") && name !== ":path"));
}

function suffixOf(): Buffer {
  return encodeBlock(requestFields("/").filter(({ name }) => !name.startsWith(":")));
}

function neverIndexed(): Buffer {
  return Buffer.concat([prefixOf(), literalField(":path", gatedPath, true).wire, suffixOf()]);
}

function inContinuations(block: Buffer, size: number): readonly Buffer[] {
  const parts = Array.from({ length: Math.ceil(block.length / size) }, (_, at) =>
    block.subarray(at * size, (at + 1) * size),
  );
  return parts.map((part, at) =>
    frameOf(
      at === 0 ? frameType.headers : frameType.continuation,
      at === parts.length - 1 ? flag.endHeaders : 0,
      1,
      part,
    ),
  );
}

function paddedHeaders(block: Buffer): Buffer {
  const payload = Buffer.concat([Buffer.of(9), Buffer.of(0x80, 0, 0, 0, 255), block, Buffer.alloc(9)]);
  return frameOf(frameType.headers, flag.endHeaders | flag.padded | flag.priority, 1, payload);
}

function inPieces(): readonly Buffer[] {
  const framed = frameMessage(Buffer.from("abc"));
  return [...framed].map((byte, at) =>
    frameOf(
      frameType.data,
      flag.padded | (at === framed.length - 1 ? flag.endStream : 0),
      1,
      Buffer.of(3, byte, 0, 0, 0),
    ),
  );
}
