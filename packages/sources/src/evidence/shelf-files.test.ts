import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { hashOf } from "./hash-of-file.ts";
import { ShelfFiles } from "./shelf-files.ts";

const folder = `sha256-${"0".repeat(64)}`;
const nameOf = (letter: string) => `${folder}/${letter.repeat(32)}.json`;
const name = nameOf("a");

async function filesIn(directory: string): Promise<ShelfFiles> {
  const events = { failed: assert.fail, discarded: assert.fail };
  const limits = { bytes: 10_000, age: 1000 };
  const files = new ShelfFiles(join(directory, "evidence"), limits, { now: () => 0 }, events);
  await files.counted;
  await files.prepare();
  return files;
}

describe("the files of a shelf", () => {
  // A tenant could keep anybody's digest in sixteen repositories of his own, each with sixty megabytes beside it.
  it("are read as far as they are not too much together, the small ones first", async () => {
    using root = temporaryRoot();
    const files = await filesIn(root.path);
    for (const [letter, size] of Object.entries({ a: 500, b: 600, c: 10, d: 490, e: 2000 }))
      await files.write(nameOf(letter), "x".repeat(size), letter, 16);
    const names = (bytes: number, most = 16) => files.namesWithin(folder, { files: most, bytes });
    assert.deepEqual(await names(1000), ["e", "c", "d", "a"].map(nameOf));
    assert.deepEqual(await names(3600), ["c", "d", "a", "b", "e"].map(nameOf));
    assert.equal((await names(3600, 2)).length, 2);
    assert.deepEqual(await files.namesWithin(`sha256-${"1".repeat(64)}`, { files: 2, bytes: 1 }), []);
  });

  // Each place that a policy looks at is one more question, and what is large would be read anew for every one of them.
  it("know the answers to all that a policy asks that looks in thirty-two places", async () => {
    using root = temporaryRoot();
    const files = await filesIn(root.path);
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
