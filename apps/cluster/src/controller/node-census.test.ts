import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ApiObject } from "../kube/api-object.ts";
import { nodeReportObject } from "../sync/node-report.ts";
import { nodeCensus } from "./node-census.ts";

const wall = Date.parse("2026-11-30T12:00:00Z");
const minutes = 60_000;

function reportOf(node: string, renewed: number, withoutRoom: readonly string[] = []): ApiObject {
  const said = { node, target: "gateway", generation: 1, problem: undefined, left: [], withoutRoom, renewed };
  const { metadata, ...rest } = nodeReportObject("countersign-system", said);
  return { ...rest, metadata: { ...metadata, uid: node, resourceVersion: "1" } } as ApiObject;
}

describe("a node's report counts", () => {
  const ages: ReadonlyArray<readonly [what: string, after: number, counts: boolean, isForgotten: boolean]> = [
    ["when it is new", 0, true, false],
    ["when the node's clock is a little ahead", 5 * minutes, true, false],
    ["no more when it is old", -16 * minutes, false, false],
    ["not when the node's clock is far ahead", 16 * minutes, false, false],
    ["no more, and is removed, after a day", -25 * 60 * minutes, false, true],
    ["not, and is removed, when it is to hold for ever", Date.parse("9999-01-01") - wall, false, true],
  ];
  for (const [what, after, counts, isForgotten] of ages) {
    it(what, () => {
      const report = reportOf("a", wall + after, ["shop", "*"]);
      const { reporting, targets, withoutRoom, forgotten } = nodeCensus([report], wall);
      const count = counts ? 1 : 0;
      assert.deepEqual([reporting, targets.size], [count, count]);
      assert.deepEqual(withoutRoom("gateway", "shop"), { named: count, perhaps: count });
      assert.deepEqual(forgotten, isForgotten ? [report] : []);
    });
  }

  // A compromised node may write of namespaces what it likes, but of fifty of them, and nothing else comes of it.
  it("for fifty namespaces at most, each once, and is about no other target", () => {
    const report = reportOf("a", wall);
    const names = ["shop", "shop", ...Array.from({ length: 100_000 }, (_, at) => `n${at}`), "*"];
    const annotations = {
      ...report.metadata.annotations,
      "policy.countersign.dev/namespaces-without-room": names.join(),
    };
    const hostile = { ...report, metadata: { ...report.metadata, annotations } };
    const { withoutRoom } = nodeCensus([hostile], wall);
    assert.deepEqual(withoutRoom("gateway", "shop"), { named: 1, perhaps: 0 });
    assert.deepEqual(withoutRoom("crio", "shop"), { named: 0, perhaps: 0 });
    assert.deepEqual(withoutRoom("gateway", "n99"), { named: 0, perhaps: 0 });
  });
});
