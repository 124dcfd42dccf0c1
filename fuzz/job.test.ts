import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type JobResult, runJob } from "./job.ts";

const module = new URL("testing/planted.ts", import.meta.url);
const limits = { milliseconds: 500, megabytes: 32 };

/** Fuzzes the planted target for a moment, from this on. */
function run(...corpus: readonly string[]): Promise<JobResult> {
  return runJob({
    module,
    corpus: corpus.map((text) => Buffer.from(text)),
    seed: 1,
    milliseconds: 100,
    limits,
  });
}

describe("runJob", () => {
  it("finds nothing where nothing is wrong, and knows what it has tried", async () => {
    const { findings, inputs, outcomes, grown } = await run("good");
    assert.deepEqual(findings, []);
    assert.ok(inputs > 2);
    assert.ok(outcomes > 1);
    assert.ok(grown.length > 0);
  });

  it("makes what it finds as small as can be", async () => {
    const { findings } = await run("much before it throws, and much behind it");
    assert.deepEqual(
      findings.map(({ kind, message, input }) => [kind, message, Buffer.from(input).toString()]),
      [["violation", 'Error: it holds "throw" and 41 bytes', "throw"]],
    );
  });

  it("takes two findings that differ in the input alone for one", async () => {
    const { findings } = await run("throw", "throw again");
    assert.equal(findings.length, 1);
  });

  const deaths = [
    ["an input that never ends", "a hang here", "hang"],
    ["an input that takes all memory", "a memory hole", "memory"],
  ] as const;
  for (const [what, text, kind] of deaths) {
    it(`survives ${what}, and goes on`, async () => {
      const { findings } = await run("throw", text);
      assert.deepEqual(findings.map((finding) => finding.kind).sort(), [kind, "violation"].sort());
      const found = findings.find((finding) => finding.kind === kind);
      assert.ok(Buffer.from(found?.input ?? []).includes(kind));
    });
  }

  it("throws when a target does not open: that is nobody's finding", async () => {
    const unopened = {
      module: new URL("testing/unopened.ts", import.meta.url),
      corpus: [],
      seed: 1,
      milliseconds: 1,
    };
    await assert.rejects(runJob(unopened), {
      message: "unopened does not open: Error: it needs something else",
    });
  });

  it("survives what nobody catches", async () => {
    const { findings } = await run("a crash here");
    assert.equal(findings[0]?.kind, "crash");
    assert.match(findings[0]?.message ?? "", /nobody waits for this/);
  });
});
