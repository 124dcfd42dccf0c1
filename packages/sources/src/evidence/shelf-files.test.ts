import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { hashOf } from "./hash-of-file.ts";
import { ShelfFiles } from "./shelf-files.ts";

const name = `sha256-${"0".repeat(64)}/${"a".repeat(32)}.json`;

describe("the files of a shelf", () => {
  // Each place that a policy looks at is one more question, and what is large would be read anew for every one of them.
  it("know the answers to all that a policy asks that looks in thirty-two places", async () => {
    using root = temporaryRoot();
    const events = { failed: assert.fail, discarded: assert.fail };
    const limits = { bytes: 1000, age: 1000 };
    const files = new ShelfFiles(join(root.path, "evidence"), limits, { now: () => 0 }, events);
    await files.counted;
    await files.prepare();
    await files.write(name, "all of it", "question 0", 16);
    const questions = Array.from({ length: 33 }, (_, at) => `question ${at}`);
    for (const question of questions.slice(1)) await files.learn(name, question, hashOf("all of it"));
    const known = await Promise.all(questions.map((question) => files.has(name, question)));
    assert.deepEqual(
      known,
      questions.map(() => true),
    );
    assert.equal(await files.has(name, "question 33"), false);
  });
});
