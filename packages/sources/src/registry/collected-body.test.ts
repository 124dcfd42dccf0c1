import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { CollectedBody } from "./collected-body.ts";

it("a collected body is its chunks in order, however small they are", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
      const body = new CollectedBody();
      for (const chunk of chunks) body.push(chunk);
      assert.equal(body.length, Buffer.concat(chunks).length);
      assert.deepEqual(Buffer.from(body.bytes()), Buffer.concat(chunks));
    }),
  );
});

it("a collected body costs no more than twice its bytes, in chunks of one byte too", () => {
  const body = new CollectedBody();
  for (let sent = 0; sent < 100_000; sent++) body.push(Uint8Array.of(sent));
  assert.ok(body.bytes().buffer.byteLength <= 200_000);
});
