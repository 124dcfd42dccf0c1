import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { startNghttp2 } from "../testing/nghttp2-blocks.ts";
import { temporaryDirectory } from "../testing/relay-on-sockets.ts";
import { ConnectionFault } from "./frame-reader.ts";
import { encodeBlock, literalField } from "./header-field.ts";
import { HpackDecoder } from "./hpack-decoder.ts";

const decodeWith = (decoder: HpackDecoder, hex: string) =>
  decoder.decode(Buffer.from(hex, "hex")).map(({ name, value }) => `${name}: ${value}`);

describe("HpackDecoder decodes RFC 7541's examples", () => {
  const first = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
  const second = [...first, "cache-control: no-cache"];
  const third = [
    ":method: GET",
    ":scheme: https",
    ":path: /index.html",
    ":authority: www.example.com",
    "custom-key: custom-value",
  ];
  const examples: readonly (readonly [
    section: string,
    blocks: readonly (readonly [hex: string, fields: readonly string[]])[],
  ])[] = [
    [
      "C.2.1 literal with indexing",
      [["400a637573746f6d2d6b65790d637573746f6d2d686561646572", ["custom-key: custom-header"]]],
    ],
    ["C.2.2 literal without indexing", [["040c2f73616d706c652f70617468", [":path: /sample/path"]]]],
    ["C.2.3 literal never indexed", [["100870617373776f726406736563726574", ["password: secret"]]]],
    ["C.2.4 indexed", [["82", [":method: GET"]]]],
    [
      "C.3 three requests",
      [
        ["828684410f7777772e6578616d706c652e636f6d", first],
        ["828684be58086e6f2d6361636865", second],
        ["828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565", third],
      ],
    ],
    [
      "C.4 three requests in Huffman code",
      [
        ["828684418cf1e3c2e5f23a6ba0ab90f4ff", first],
        ["828684be5886a8eb10649cbf", second],
        ["828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", third],
      ],
    ],
    [
      "C.6 responses that evict, from a table of 256 bytes",
      [
        [
          "3fe101488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
          [
            ":status: 302",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com",
          ],
        ],
        [
          "4883640effc1c0bf",
          [
            ":status: 307",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com",
          ],
        ],
        [
          "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
          [
            ":status: 200",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:22 GMT",
            "location: https://www.example.com",
            "content-encoding: gzip",
            "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
          ],
        ],
      ],
    ],
  ];
  for (const [section, blocks] of examples) {
    it(section, () => {
      const decoder = new HpackDecoder();
      for (const [hex, fields] of blocks) assert.deepEqual(decodeWith(decoder, hex), fields);
    });
  }
});

describe("HpackDecoder refuses", () => {
  const refused: readonly (readonly [why: string, hex: string])[] = [
    ["index 0", "80"],
    ["an index beyond both tables", "be"],
    ["a name from beyond both tables", "7e0161"],
    ["an index that never ends", "ffffffffffffff"],
    ["an index that stops short", "ff"],
    ["a string longer than its block", "400561"],
    ["a field without a value", "400161"],
    ["an endless string length", "407fffffffffff"],
    ["a Huffman code with EOS in it", "4084ffffffff00"],
    ["Huffman padding of a whole byte", "4083f8ffff0161"],
    ["Huffman padding that is not ones", "40811c0161"],
    ["a table larger than was allowed", "3fe21f"],
    ["a table size update after a field", "8220"],
  ];
  for (const [why, hex] of refused) {
    it(why, () => assert.throws(() => decodeWith(new HpackDecoder(), hex), ConnectionFault));
  }
});

describe("HpackDecoder", () => {
  it("empties its table for an entry that does not fit, as the encoder does", () => {
    const decoder = new HpackDecoder();
    decodeWith(decoder, "4001610162");
    const large = Buffer.from(literalField("x", "y".repeat(5000)).wire);
    large[0] = 0x40;
    decoder.decode(large);
    assert.throws(() => decodeWith(decoder, "be"), ConnectionFault);
  });

  const name = fc
    .stringMatching(/^[a-z0-9_-]{1,30}$/)
    .filter((text) => text !== "te" && !text.includes("connection"));
  const value = fc.stringMatching(/^[\x21-\x7e\xa1-\xff]([\x20-\x7e\xa1-\xff]{0,80}[\x21-\x7e\xa1-\xff])?$/);
  const fields = fc.array(
    fc.tuple(
      fc.constantFrom("x-a", "x-b", "grpc-timeout", "x-long-name-of-a-field").chain((some) =>
        fc.oneof(
          fc.constant(some),
          name.map((rest) => `x-${rest}`),
        ),
      ),
      fc.oneof(fc.constantFrom("1", "same again"), value),
    ),
    { maxLength: 20 },
  );

  it("agrees with nghttp2's encoder, block after block", async () => {
    await using built = new AsyncDisposableStack();
    const nghttp2 = built.use(await startNghttp2(await temporaryDirectory(built)));
    const decoder = new HpackDecoder();
    await fc.assert(
      fc.asyncProperty(fields, async (list) => {
        const { block } = await nghttp2.encode("/a.Service/Method", list);
        const decoded = decoder.decode(block).filter(({ name }) => !name.startsWith(":"));
        assert.deepEqual(
          decoded.map(({ name, value }) => [name, value]),
          list,
        );
      }),
      { numRuns: 300 },
    );
  });

  it("reads back what is written without tables, whoever wrote it first", async () => {
    await using built = new AsyncDisposableStack();
    const nghttp2 = built.use(await startNghttp2(await temporaryDirectory(built)));
    const [ours, theRuntimes] = [new HpackDecoder(), new HpackDecoder()];
    await fc.assert(
      fc.asyncProperty(fields, async (list) => {
        const { block } = await nghttp2.encode("/a.Service/Method", list);
        const decoded = ours.decode(block);
        const again = theRuntimes.decode(encodeBlock(decoded));
        assert.deepEqual(
          again.map(({ name, value }) => [name, value]),
          decoded.map(({ name, value }) => [name, value]),
        );
      }),
      { numRuns: 100 },
    );
  });

  it("keeps a field that must never be indexed so", () => {
    const [field] = new HpackDecoder().decode(Buffer.from("100870617373776f726406736563726574", "hex"));
    assert.equal(field?.wire[0], 0x10);
  });

  it("ends or throws for arbitrary bytes, in no other way", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (blocks) => {
        const decoder = new HpackDecoder();
        try {
          for (const block of blocks) decoder.decode(Buffer.from(block));
        } catch (caught) {
          assert.ok(caught instanceof ConnectionFault);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
