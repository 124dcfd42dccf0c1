import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { systemErrorText } from "./system-error.ts";

describe("systemErrorText", () => {
  const failures: readonly [string, () => Promise<unknown>, string][] = [
    ["a file that is not there", () => readFile("/nonexistent/file"), "no such file or directory"],
    ["a directory that is read", () => readFile(tmpdir()), "is a directory"],
    ["a directory that Node does not remove", () => rm(tmpdir()), "is a directory"],
    ["what has no number", () => Promise.reject(new Error("it is so")), "it is so"],
  ];
  for (const [what, fail, text] of failures) {
    it(`says of ${what}: ${text}`, async () => {
      const error = await fail().then(
        () => assert.fail("it works"),
        (error: unknown) => error,
      );
      assert.equal(systemErrorText(error), text);
    });
  }

  it("words an error of Node's own, whose number has no sign", () => {
    const error = Object.assign(new Error("cp returned"), { code: "ERR_FS_CP_EINVAL", errno: 22 });
    assert.equal(systemErrorText(error), "invalid argument");
  });
});
