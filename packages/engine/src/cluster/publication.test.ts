import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brokenMembers } from "@countersign/testkit/broken-members";
import fc from "fast-check";
import { digestOf } from "../values/digest.ts";
import { parseIndex, parseShard, requirePart } from "./parse-publication.ts";
import { PartMemo } from "./part-memo.ts";
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

/** What becomes of a cluster's namespaces from one publication to the next; enough of them for several shards. */
const edit: fc.Arbitrary<(before: PolicySet) => PolicySet> = fc.oneof(
  fc.constant((before: PolicySet) => before),
  fc.string().map((rule) => (before: PolicySet) => ({ ...before, rules: [...before.rules, rule] })),
  fc
    .tuple(fc.nat(1200), fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }))
    .map(([at, own]) => (before: PolicySet) => ({
      ...before,
      namespaces: new Map(before.namespaces).set(`ns-${at}`, own),
    })),
  fc.nat(1200).map((at) => (before: PolicySet) => {
    const namespaces = new Map(before.namespaces);
    namespaces.delete(`ns-${at}`);
    return { ...before, namespaces };
  }),
  fc.nat(1200).map((at) => (before: PolicySet) => ({
    ...before,
    namespaces: new Map([...before.namespaces].map(([name, own]) => [renamed(name, `ns-${at}`), own])),
  })),
  fc.constant((before: PolicySet) => ({
    ...before,
    namespaces: new Map([...before.namespaces].reverse()),
  })),
  fc.integer({ min: 100, max: 1500 }).map((count) => (before: PolicySet) => ({
    ...before,
    namespaces: many(count),
  })),
);

/** A namespace in the place of another one, in the same shard and with the same rules. */
function renamed(name: string, which: string): string {
  if (name !== which) return name;
  for (let at = 0; ; at++) if (shardOf(`other-${at}`, 256) === shardOf(name, 256)) return `other-${at}`;
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

  it("is the same with what is remembered of those before it as without", () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 8 }), (edits) => {
        const memo = new PartMemo();
        let set: PolicySet = { base: "b", rules: ["r"], namespaces: many(1000) };
        publish(set, 1, memo);
        for (const next of edits) {
          set = next(set);
          const [remembering, anew] = [publish(set, 2, memo), publish(set, 2)];
          assert.equal(printIndex(remembering.index), printIndex(anew.index));
          assert.deepEqual(remembering.parts, anew.parts);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("lays out no shard again whose namespaces are as they were", () => {
    const memo = new PartMemo();
    const laidOut: number[] = [];
    const shard = memo.shard.bind(memo);
    memo.shard = (at, members, layOut) =>
      shard(at, members, (own) => {
        laidOut.push(at);
        return layOut(own);
      });
    publish({ base: "b", rules: ["r"], namespaces: many(10_000) }, 1, memo);
    laidOut.length = 0;
    const edited = many(10_000).set("ns-7", ["another"]);
    const { index } = publish({ base: "b", rules: ["r"], namespaces: edited }, 2, memo);
    assert.deepEqual(laidOut, [shardOf("ns-7", index.shards.length)]);
  });

  it("lets go of what was published long ago", () => {
    const memo = new PartMemo();
    const after = (edits: number) => {
      for (let at = 0; at < edits; at++) {
        publish(
          { base: "b", rules: [`${edits} ${at}`], namespaces: many(10).set("ns-7", [`${at}`]) },
          1,
          memo,
        );
      }
      return memo.texts;
    };
    assert.equal(after(50), after(5));
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
