import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { descriptorMediaType, requireSameDigest } from "./read-descriptor.ts";

const digest = digestOf(Buffer.from("manifest"));
const question = { image: parseImageReference("registry.example/app:v1"), digest };
const mediaType = "application/vnd.oci.image.manifest.v1+json";

async function* chunks(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024);
}

const check = (input: string | Uint8Array, type = descriptorMediaType) =>
  requireSameDigest(question, type, chunks(input));

describe("requireSameDigest takes", () => {
  it("containerd's descriptor, as Go prints it", () =>
    check(`{"mediaType":"${mediaType}","digest":"${digest}","size":424}\n`));
  it("members that nobody knows yet", () => check(`{"new":{"a":[1]},"digest":"${digest}"}`));
  it("anything in a format that nobody has defined yet, unread", () =>
    requireSameDigest(question, "application/vnd.oci.descriptor.v2+json", {
      [Symbol.asyncIterator]: () => assert.fail("it was read"),
    }));
});

describe("requireSameDigest refuses", () => {
  const rows: ReadonlyArray<readonly [why: string, input: string | Uint8Array, message: RegExp]> = [
    ["the descriptor of another manifest", `{"digest":"${digestOf(Buffer.from("x"))}"}`, /^-digest is /],
    ["nothing", "", /^standard input is not an OCI descriptor: /],
    ["what is no JSON", "{", /not an OCI descriptor/],
    ["what is no object", `"${digest}"`, /not an OCI descriptor/],
    ["a descriptor without a digest", "{}", /not an OCI descriptor/],
    ["a digest that is none", '{"digest":1}', /not an OCI descriptor/],
    ["two digests, one of them right", `{"digest":"${digest}","Digest":"x"}`, /occurs more than once/],
    ["more than a descriptor ever has", Buffer.alloc(8 * 1024 * 1024 + 1, " "), /more than 8388608 bytes/],
  ];
  for (const [why, input, message] of rows) {
    it(why, () => assert.rejects(check(input), { code: "USAGE", message }));
  }
});
