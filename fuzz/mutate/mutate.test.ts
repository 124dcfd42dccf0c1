import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDraw } from "@countersign/testkit/random/draw";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { mutateBytes } from "./bytes.ts";
import { mutateDer } from "./der.ts";
import { mutateFrames } from "./frames.ts";
import { mutateHpack } from "./hpack.ts";
import { mutateJson } from "./json.ts";
import type { Mutate } from "./mutate.ts";
import { mutatePem } from "./pem.ts";
import { mutateProtobuf } from "./protobuf.ts";
import { mutateText } from "./text.ts";

const kit = createSigningKit();
const { pem } = kit.fulcio.authority.root;
const der = Buffer.from(pem.replaceAll(/-----[^-]*-----|\n/g, ""), "base64");
const json = Buffer.from('{"a":[1,{"b":"aGVsbG8="}],"c":null}');
const preface = Buffer.from("PRI");

const mutations: readonly (readonly [name: string, mutate: Mutate, seed: Buffer])[] = [
  ["bytes", mutateBytes, Buffer.from("some bytes")],
  ["text", mutateText(["word", "é"]), Buffer.from("some = words\n# é\n")],
  ["json", mutateJson({ names: ["a", "\u017f"], values: ["x"] }), json],
  ["der", mutateDer, der],
  ["pem", mutatePem, Buffer.from(pem)],
  ["protobuf", mutateProtobuf, Buffer.from("0a050a0361626312001801", "hex")],
  ["hpack", mutateHpack, Buffer.from("828684410f7777772e6578616d706c652e636f6d", "hex")],
  [
    "frames",
    mutateFrames(preface, mutateHpack),
    Buffer.concat([preface, Buffer.alloc(9), Buffer.alloc(9, 1)]),
  ],
];

for (const [name, mutate, seed] of mutations) {
  describe(`mutate ${name}`, () => {
    it("makes something of anything: nothing, noise, what it made before", () => {
      const draw = createDraw(1);
      let input: Buffer = seed;
      for (let round = 0; round < 2000; round++) {
        const other = draw.one([seed, Buffer.alloc(0), Buffer.alloc(5, 0xff), input]);
        input = mutate(draw, draw.one([seed, other, input]), other).subarray(0, 5000);
      }
    });

    it("leaves the input as it was", () => {
      const draw = createDraw(2);
      const before = Buffer.from(seed);
      for (let round = 0; round < 500; round++) mutate(draw, seed, seed);
      assert.deepEqual(seed, before);
    });

    it("makes many things, mostly others than it got", () => {
      const draw = createDraw(3);
      const made = Array.from({ length: 300 }, () => mutate(draw, seed, seed).toString("hex"));
      assert.ok(new Set(made).size > 100);
      assert.ok(made.filter((hex) => hex !== seed.toString("hex")).length > 150);
    });
  });
}

describe("mutate json", () => {
  it("often makes what is still JSON: a parser has more behind its syntax", () => {
    const draw = createDraw(4);
    const mutate = mutateJson({ names: ["a"], values: ["x"] });
    const valid = Array.from({ length: 500 }, () => mutate(draw, json, json).toString()).filter(isJson);
    assert.ok(valid.length > 200, `${valid.length} of 500`);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
