import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { imageOf, policyOf, presentAs } from "../testing/signed-images.ts";
import type { PresentQuestion, PresentVerifier } from "./verify-present.ts";
import { withinPatience } from "./within-patience.ts";

const question: PresentQuestion = {
  asked: parseImageReference("registry.example/app:v1"),
  present: presentAs(imageOf("app"), []),
  policy: policyOf({}),
};

/** Judges for ever; ends when it is told to. */
const endless: PresentVerifier = {
  async verify(_question, signal) {
    await once(signal, "abort");
    throw signal.reason;
  },
};

describe("withinPatience", () => {
  it("gives up when the time is over, and says which flag gave it", async () => {
    const timing = manualTiming();
    const judging = withinPatience(endless, 30_000, timing).verify(question, new AbortController().signal);
    const refused = assert.rejects(judging, {
      code: "DEADLINE_EXCEEDED",
      message: "judging registry.example/app:v1 took longer than --create-verify-timeout allows",
    });
    timing.advance(30_000);
    await refused;
  });

  it("leaves with its caller", async () => {
    const caller = new AbortController();
    const judging = withinPatience(endless, 30_000, manualTiming()).verify(question, caller.signal);
    const refused = assert.rejects(judging, { name: "AbortError" });
    caller.abort();
    await refused;
  });

  it("hands a verdict on, and forgets its deadline", async () => {
    const timing = manualTiming();
    let deadlines = 0;
    const after: typeof timing.after = (milliseconds, fire) => {
      deadlines++;
      const stop = timing.after(milliseconds, fire);
      return () => {
        deadlines--;
        stop();
      };
    };
    const refusal = { verify: () => Promise.reject(new TypeError("as it came")) };
    await assert.rejects(
      withinPatience(refusal, 1, { after }).verify(question, new AbortController().signal),
      {
        name: "TypeError",
      },
    );
    assert.equal(deadlines, 0);
  });
});
