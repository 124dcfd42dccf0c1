import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError, type ErrorCode } from "@countersign/engine/values/error";
import { firstFound } from "./first-found.ts";

/** What each registry answers: its image, or why it gives none. */
type Answers = readonly [string | CountersignError, ...(string | CountersignError)[]];

const none = new CountersignError("REGISTRY_NOT_FOUND", "none");

async function found(answers: Answers): Promise<{ readonly image: unknown; readonly asked: number }> {
  let asked = 0;
  const image = await firstFound(answers, async (answer) => {
    asked++;
    if (typeof answer !== "string") throw answer;
    return answer;
  });
  return { image, asked };
}

describe("firstFound", () => {
  it("asks nobody after the first that has the image", async () =>
    assert.deepEqual(await found(["one", "two"]), { image: "one", asked: 1 }));

  it("goes on where there is no such image", async () =>
    assert.deepEqual(await found([none, none, "three"]), { image: "three", asked: 3 }));

  for (const code of [
    "REGISTRY_DENIED",
    "REGISTRY_UNREACHABLE",
    "CANCELLED",
    "INTERNAL",
  ] satisfies ErrorCode[]) {
    it(`ends with ${code}, which leaves open whether there is one`, () =>
      assert.rejects(found([none, new CountersignError(code, "why"), "three"]), { code, message: "why" }));
  }

  it("says what the only registry says", () => assert.rejects(found([none]), none));

  it("says what all of them say when nobody has it", () =>
    assert.rejects(found([none, new CountersignError("REGISTRY_NOT_FOUND", "neither")]), {
      code: "REGISTRY_NOT_FOUND",
      message: "2 errors occurred while pulling:\n * none\n * neither",
    }));
});
