import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Standstill } from "./standstill.ts";

describe("standing still", () => {
  const courses: readonly (readonly [what: string, looks: readonly (number | "idle")[], isOver: boolean])[] =
    [
      ["is not what has nothing to wait for", ["idle", "idle", "idle", "idle", "idle", "idle"], false],
      ["is not what was seen for the first time just now", [7, 7, 7, 7], false],
      ["is what four more looks find where it was", [7, 7, 7, 7, 7], true],
      ["is not what moved at the last look, however little", [7, 7, 7, 7, 8], false],
      ["begins anew when there was nothing to wait for", [7, 7, 7, "idle", 7, 7, 7], false],
      ["is seen of what never moved at all", [0, 0, 0, 0], true],
    ];
  for (const [what, looks, isOver] of courses) {
    it(what, () => {
      const standstill = new Standstill();
      let over = false;
      for (const moved of looks)
        over = moved === "idle" ? standstill.look(false, 7) : standstill.look(true, moved);
      assert.equal(over, isOver);
    });
  }
});
