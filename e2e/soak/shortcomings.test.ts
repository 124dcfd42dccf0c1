import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shortcomings } from "./shortcomings.ts";

type Figures = Parameters<typeof shortcomings>[0];

const good: Figures = {
  answers: { ok: 1000, refused: 500, away: 40 },
  course: { megabytes: [110, 111, 112], descriptors: [40, 40, 40], heapFloor: [14, 14, 14] },
  idleBefore: { megabytes: 90, descriptors: 30 },
  idleAfter: { megabytes: 110, descriptors: 33 },
  letGo: [73, 71],
  stillThere: 12,
};

describe("a soak has against the gateway", () => {
  const rows: readonly (readonly [what: string, changed: Partial<Figures>, found: readonly string[]])[] = [
    ["nothing when all is well", {}, []],
    ["memory that grows", { course: { ...good.course, megabytes: [110, 120, 140] } }, ["leaked"]],
    ["descriptors that are not given back", { idleAfter: { megabytes: 110, descriptors: 60 } }, ["leaked"]],
    ["a caller that is never let go", { letGo: [], stillThere: 300 }, ["leaked"]],
    ["a caller that is let go late", { letGo: [70, 200] }, ["leaked"]],
    [
      "that hardly anything was decided",
      { answers: { ok: 200, refused: 50, away: 4000 } },
      ["did not recover"],
    ],
    ["that nothing was asked", { answers: {} }, ["did not recover"]],
  ];
  for (const [what, changed, found] of rows)
    it(what, () =>
      assert.deepEqual(
        shortcomings({ ...good, ...changed }).map(({ kind }) => kind),
        found,
      ),
    );
});
