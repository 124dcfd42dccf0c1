import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brokenMembers } from "@countersign/testkit/broken-members";
import fc from "fast-check";
import { digestOf } from "../values/digest.ts";
import { parseIndex, parseShard, requirePart } from "./parse-publication.ts";
import { type PolicySet, partsOf, printIndex, publish, shardOf } from "./publication.ts";

const namespaceName = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/);
const policySet: fc.Arbitrary<PolicySet> = fc.record({
  base: fc.string(),
  rules: fc.array(fc.string(), { maxLength: 5 }),
  namespaces: fc
    .dictionary(namespaceName, fc.array(fc.string(), { maxLength: 3 }), { maxKeys: 40 })
    .map((members) => new Map(Object.entries(members))),
});

/** As a node puts it together again. */
function unfold({ index, parts }: ReturnType<typeof publish>): PolicySet {
  const part = (digest: (typeof index)["base"]) => requirePart(parts.get(digest) ?? "", digest);
  const read = parseIndex(printIndex(index));
  const namespaces = read.shards.flatMap((shard) => [...parseShard(part(shard))]);
  return {
    base: part(read.base),
    rules: read.rules.map(part),
    namespaces: new Map(namespaces.map(([name, digests]) => [name, digests.map(part)])),
  };
}

const many = (count: number) =>
  new Map(Array.from({ length: count }, (_, at) => [`ns-${at}`, [`rule ${at}`]]));

describe("a publication", () => {
  it("can be put together again", () => {
    fc.assert(
      fc.property(policySet, (set) => {
        const again = unfold(publish(set, 1));
        const sorted = new Map([...set.namespaces].sort(([a], [b]) => (a < b ? -1 : 1)));
        assert.deepEqual(new Map([...again.namespaces].sort(([a], [b]) => (a < b ? -1 : 1))), sorted);
        assert.deepEqual([again.base, again.rules], [set.base, set.rules]);
      }),
    );
  });

  it("finds each namespace in the shard that its name leads to", () => {
    const { index, parts } = publish({ base: "", rules: [], namespaces: many(2000) }, 1);
    assert.ok(index.shards.length > 8);
    for (const name of ["ns-0", "ns-999", "ns-1999"]) {
      const shard = index.shards[shardOf(name, index.shards.length)];
      assert.ok(shard !== undefined && parseShard(parts.get(shard) ?? "").has(name));
    }
  });

  it("differs in one namespace's parts when one namespace changes", () => {
    const before = publish({ base: "b", rules: ["r"], namespaces: many(10_000) }, 1);
    const after = publish({ base: "b", rules: ["r"], namespaces: many(10_000).set("ns-7", ["another"]) }, 2);
    const fresh = [...after.parts.keys()].filter((digest) => !before.parts.has(digest));
    assert.equal(fresh.length, 2, "the rule, and the shard that names it");
    const bytes = fresh.reduce((sum, digest) => sum + (after.parts.get(digest)?.length ?? 0), 0);
    assert.ok(bytes < 16 * 1024, `${bytes} bytes`);
    assert.ok(printIndex(after.index).length < 32 * 1024);
  });

  it("names every part that a node needs at once", () => {
    const { index, parts } = publish({ base: "b", rules: ["r", "r"], namespaces: new Map() }, 1);
    assert.deepEqual(new Set(partsOf(index)), new Set(parts.keys()));
  });
});

describe("parseIndex refuses", () => {
  const index = JSON.parse(printIndex(publish({ base: "b", rules: [], namespaces: new Map() }, 1).index));
  const refused = (text: string) => assert.throws(() => parseIndex(text), { code: "POLICY_INVALID" });
  for (const { why, text } of brokenMembers(index)) it(why, () => refused(text));
  const rows: ReadonlyArray<readonly [why: string, text: string]> = [
    ["nothing", ""],
    ["another version", JSON.stringify({ ...index, countersignIndex: 2 })],
    ["a generation that is no whole number", JSON.stringify({ ...index, generation: 1.5 })],
    ["three shards", JSON.stringify({ ...index, shards: [index.base, index.base, index.base] })],
    ["no shards", JSON.stringify({ ...index, shards: [] })],
    ["a digest that is none", JSON.stringify({ ...index, base: "sha256:1" })],
  ];
  for (const [why, text] of rows) it(why, () => refused(text));
});

describe("parseShard refuses", () => {
  const rows: ReadonlyArray<readonly [why: string, text: string]> = [
    ["a namespace that is a path", `{"namespaces":{"../etc":[]}}`],
    ["a namespace twice", `{"namespaces":{"a":[],"a":[]}}`],
    ["rules that are no digests", `{"namespaces":{"a":["b"]}}`],
  ];
  for (const [why, text] of rows)
    it(why, () => assert.throws(() => parseShard(text), { code: "POLICY_INVALID" }));
});

it("a part that was changed is refused", () => {
  assert.throws(() => requirePart("changed", digestOf(Buffer.from("meant"))), { code: "POLICY_INVALID" });
});
