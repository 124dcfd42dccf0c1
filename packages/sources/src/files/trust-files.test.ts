import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { trustFiles } from "./trust-files.ts";

describe("trustFiles", () => {
  it("reads a key, and reads it anew after it changed", async () => {
    using root = temporaryRoot();
    const { signal } = new AbortController();
    const path = root.write("key.pem", "old");
    assert.equal(Buffer.from(await trustFiles.read(path, signal)).toString(), "old");
    root.write("key.pem", "new");
    assert.equal(Buffer.from(await trustFiles.read(path, signal)).toString(), "new");
  });
  it("says in Go's words what is missing", () =>
    assert.rejects(trustFiles.read("/no/such.pem", new AbortController().signal), {
      code: "TRUST_FILE_UNREADABLE",
      message: "open /no/such.pem: no such file or directory",
    }));
  it("refuses what no key file is", () =>
    assert.rejects(trustFiles.read("/dev/zero", new AbortController().signal), {
      code: "TRUST_FILE_UNREADABLE",
    }));
  it("stops when nobody waits any more", () =>
    assert.rejects(trustFiles.read("/etc/passwd", AbortSignal.abort()), { code: "CANCELLED" }));
});
