import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type JobResult, runJob } from "./job.ts";
import { usualLimits } from "./thread.ts";

const module = new URL("testing/planted.ts", import.meta.url);
const extent = { inputs: 300, threads: 2 };

/** Puts some inputs to the planted target, from these on. Nothing here depends on how fast the machine is. */
function run(corpus: readonly string[], limits = usualLimits): Promise<JobResult> {
  return runJob({
    ...{ module, extent, limits },
    corpus: corpus.map((text) => Buffer.from(text)),
    seed: 1,
    minimising: Number.POSITIVE_INFINITY,
  });
}

describe("runJob", () => {
  it("finds nothing where nothing is wrong, and knows what it has tried", async () => {
    const { findings, inputs, outcomes, grown } = await run(["good"]);
    assert.deepEqual(findings, []);
    assert.equal(inputs, 300);
    assert.ok(outcomes > 1);
    assert.ok(grown.length > 0);
  });

  it("makes what it finds as small as can be", async () => {
    const { findings } = await run(["much before it throws, and much behind it"]);
    assert.deepEqual(
      findings.map(({ kind, message, input }) => [kind, message, Buffer.from(input).toString()]),
      [["violation", 'Error: it holds "throw" and 41 bytes', "throw"]],
    );
  });

  it("takes two findings that differ in the input alone for one", async () => {
    const { findings } = await run(["throw", "throw again"]);
    assert.equal(findings.length, 1);
  });

  const deaths = [
    ["an input that never ends", "a hang here", "hang", { milliseconds: 200 }, "hang"],
    ["an input that waits for what never comes", "wait", "wait", { milliseconds: 100 }, "hang"],
    ["an input that takes all memory", "a memory hole", "memory", { megabytes: 32 }, "memory"],
  ] as const;
  for (const [what, text, word, limits, kind] of deaths) {
    it(`survives ${what}, and goes on`, async () => {
      const { findings } = await run(["throw", text], { ...usualLimits, ...limits });
      assert.deepEqual(findings.map((finding) => finding.kind).sort(), [kind, "violation"].sort());
      const found = findings.find((finding) => finding.kind === kind);
      assert.equal(Buffer.from(found?.input ?? []).toString(), word);
    });
  }

  it("throws when a target does not open: that is nobody's finding", async () => {
    const unopened = {
      module: new URL("testing/unopened.ts", import.meta.url),
      corpus: [],
      seed: 1,
      extent,
    };
    await assert.rejects(runJob(unopened), {
      message: "unopened does not open: Error: it needs something else",
    });
  });

  it("survives what nobody catches", async () => {
    const { findings } = await run(["a crash here"]);
    assert.equal(findings[0]?.kind, "crash");
    assert.match(findings[0]?.message ?? "", /nobody waits for this/);
  });
});
