import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { re2Pattern } from "@countersign/sources/policy-languages/re2-pattern";
import { somePolicy } from "@countersign/testkit/policies/arbitrary-policy";
import fc from "fast-check";
import { readPolicy } from "./parse-policy.ts";
import { printPolicy } from "./print-policy.ts";

const languages = { pattern: re2Pattern, cel: celExpression };

/** Compiled anew, an expression has a function of its own, and is the same. */
function comparable(policy: unknown): unknown {
  return JSON.parse(
    JSON.stringify(policy, (_, value: unknown) => (value instanceof Map ? [...value] : value)),
  );
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("printPolicy", () => {
  it("writes a file that is read as the very policy", () => {
    fc.assert(
      fc.property(somePolicy, (policy) => {
        const { policy: read, faults } = readPolicy(printPolicy(policy), languages);
        assert.deepEqual(faults, []);
        const { digest: _, ...content } = read ?? assert.fail();
        assert.deepEqual(comparable(content), comparable(policy));
      }),
      { numRuns: 200 },
    );
  });

  it("writes one text for what is written in several ways", () => {
    const ways = [
      `{"countersign":1,"default":[{"type":"reject","mode":"warn"}]}`,
      `{"transports":{},"default":{"mode":"warn","requirements":[{"mode":"enforce","type":"reject"}]},"countersign":1}`,
    ];
    const texts = ways.map((way) => {
      const { policy } = readPolicy(Buffer.from(way));
      return text(printPolicy(policy ?? assert.fail()));
    });
    assert.deepEqual(texts, [
      `{"countersign":1,"default":[{"type":"reject","mode":"warn"}],"transports":{}}`,
      `{"countersign":1,"default":[{"type":"reject","mode":"warn"}],"transports":{}}`,
    ]);
  });

  it("leaves the marker out of what containers/image can read", () => {
    const { policy } = readPolicy(Buffer.from(`{"countersign":1,"default":[{"type":"reject"}]}`));
    assert.equal(
      text(printPolicy(policy ?? assert.fail())),
      `{"default":[{"type":"reject"}],"transports":{}}`,
    );
  });
});
