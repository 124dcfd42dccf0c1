import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { tableSizeUpdate } from "./caller-settings.ts";
import { frameMessage, MessageCollector, readMessage } from "./grpc-message.ts";
import { parseGrpcTimeout } from "./grpc-timeout.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import { percentDecode, percentEncode, statusTrailers } from "./rpc-trailers.ts";
import { SharedWindow } from "./shared-window.ts";

describe("percentEncode", () => {
  const examples: readonly (readonly [text: string, encoded: string])[] = [
    ["Source image rejected: no", "Source image rejected: no"],
    ["100%", "100%25"],
    ["line\nbreak", "line%0Abreak"],
    ["é~\u007f", "%C3%A9~%7F"],
    ["🔒", "%F0%9F%94%92"],
  ];
  for (const [text, encoded] of examples) {
    it(JSON.stringify(text), () => assert.equal(percentEncode(text), encoded));
  }

  it("is undone by percentDecode, and is always a header value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const wellFormed = text.toWellFormed();
        assert.match(percentEncode(wellFormed), /^[\x20-\x7e]*$/);
        assert.equal(percentDecode(percentEncode(wellFormed)), wellFormed);
      }),
    );
  });
});

it("percentDecode keeps what is not an escape", () => {
  assert.equal(percentDecode("50% of %zz and %4"), "50% of %zz and %4");
});

it("statusTrailers leaves an empty message out, and writes details without padding", () => {
  const fields = statusTrailers({ code: 2, message: "", detailsBin: Buffer.from([1]) });
  assert.deepEqual(
    fields.map(({ name, value }) => `${name}: ${value}`),
    ["grpc-status: 2", "grpc-status-details-bin: AQ"],
  );
});

describe("parseGrpcTimeout", () => {
  const read: readonly (readonly [text: string, milliseconds: number | undefined])[] = [
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["3S", 3000],
    ["250m", 250],
    ["500u", 0.5],
    ["0n", 0],
    ["99999999H", 2 ** 31 - 1],
    ["", undefined],
    ["1", undefined],
    ["-1S", undefined],
    ["1.5S", undefined],
    ["123456789S", undefined],
    ["1s", undefined],
  ];
  for (const [text, milliseconds] of read) {
    it(JSON.stringify(text), () => assert.equal(parseGrpcTimeout(text), milliseconds));
  }
});

it("a message is the same however its bytes arrive", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 500 }),
      fc.integer({ min: 1, max: 40 }),
      async (message, step) => {
        const framed = frameMessage(message);
        const collector = new MessageCollector();
        for (let at = 0; at < framed.length; at += step)
          assert.equal(collector.push(framed.subarray(at, at + step)), undefined);
        assert.ok(collector.body().equals(framed));
        const read = await readMessage(collector.body(), []);
        assert.deepEqual(read.type === "message" && [...read.message], [...message]);
      },
    ),
  );
});

it("a table size update says any size below 4096 as decoders read it", () => {
  for (let size = 0; size <= 4096; size++) new HpackDecoder().decode(tableSizeUpdate(size));
});

it("a shared window never lets the runtime believe in more than the caller will take, but for what was answered here", () => {
  const step = fc.oneof(
    fc.record({ who: fc.constantFrom("runtime", "here"), bytes: fc.integer({ min: 1, max: 20_000 }) }),
    fc.record({ who: fc.constant("caller"), bytes: fc.integer({ min: 1, max: 40_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const window = new SharedWindow();
      let runtimeBelieves = 65_535;
      let answeredHere = 0;
      for (const { who, bytes } of steps) {
        if (who === "caller") runtimeBelieves += window.open(bytes);
        else if (bytes > window.credit) continue;
        else if (who === "here") {
          window.spendHere(bytes);
          answeredHere += bytes;
        } else {
          window.spendByRuntime(bytes);
          runtimeBelieves -= bytes;
        }
        assert.ok(window.credit >= 0);
        assert.ok(runtimeBelieves >= window.credit);
        assert.ok(runtimeBelieves - window.credit <= answeredHere);
      }
    }),
  );
});
