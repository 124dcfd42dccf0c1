import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileIdentity, FileVersion } from "./file-version.ts";
import { parseNamespace } from "./namespace.ts";
import { policyStore } from "./policy-store.ts";
import { sharedLooks } from "./shared-looks.ts";

/** Files that are as the test says at the moment of the look, and how often each was looked at. */
function countedFiles(contents: Map<string, string>) {
  const looks: string[] = [];
  let failing: Error | undefined;
  const identityOf = (path: string): FileIdentity | undefined => {
    const content = contents.get(path);
    if (content === undefined) return undefined;
    return { device: 1n, inode: 1n, size: BigInt(content.length), modified: 0n, changed: 0n };
  };
  const files = sharedLooks({
    async identify(path) {
      looks.push(path);
      if (failing !== undefined) throw failing;
      return identityOf(path);
    },
    async read(path): Promise<FileVersion> {
      const identity = identityOf(path);
      assert.ok(identity !== undefined);
      return { identity, bytes: Buffer.from(contents.get(path) ?? "") };
    },
  });
  return {
    files,
    looks,
    fail(error: Error | undefined) {
      failing = error;
    },
  };
}

describe("sharedLooks", () => {
  it("looks once for all who ask before the look begins", async () => {
    const { files, looks } = countedFiles(new Map([["/p", "x"]]));
    const found = await Promise.all(Array.from({ length: 100 }, () => files.identify("/p")));
    assert.ok(found.every((identity) => identity?.size === 1n));
    assert.deepEqual(looks, ["/p"]);
  });

  it("shares no look that has begun: who asks after a change sees it", async () => {
    const contents = new Map([["/p", "x"]]);
    const { files, looks } = countedFiles(contents);
    const before = files.identify("/p");
    while (looks.length === 0) await Promise.resolve();
    contents.set("/p", "xx");
    const after = files.identify("/p");
    assert.deepEqual([(await before)?.size, (await after)?.size], [1n, 2n]);
  });

  it("sees a change that is made between a question and its look", async () => {
    const contents = new Map([["/p", "x"]]);
    const { files } = countedFiles(contents);
    const first = files.identify("/p");
    contents.set("/p", "xx");
    assert.deepEqual([(await first)?.size, (await files.identify("/p"))?.size], [2n, 2n]);
  });

  it("takes one path for no other", async () => {
    const { files, looks } = countedFiles(new Map([["/p", "x"]]));
    assert.deepEqual(
      await Promise.all([files.identify("/q"), files.identify("/p")]).then(([q]) => q),
      undefined,
    );
    assert.deepEqual(looks, ["/q", "/p"]);
  });

  it("tells everybody of a failure, and looks anew after it", async () => {
    const { files, fail } = countedFiles(new Map([["/p", "x"]]));
    fail(new Error("no such luck"));
    const outcomes = await Promise.allSettled([files.identify("/p"), files.identify("/p")]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    fail(undefined);
    assert.equal((await files.identify("/p"))?.size, 1n);
  });

  it("finds a hundred calls their policy by three looks, when they come at once", async () => {
    const accepting = '{"default":[{"type":"insecureAcceptAnything"}]}';
    const { files, looks } = countedFiles(
      new Map([
        ["/policy.json", accepting],
        ["/policies", ""],
      ]),
    );
    const events = { loaded: () => {}, broke: () => {}, mended: () => {}, refused: () => {} };
    const places = { global: "/policy.json", directory: "/policies" };
    const policies = policyStore(places, files, { now: () => 1e9 }, events);
    const team = parseNamespace("team");
    const found = await Promise.all(Array.from({ length: 100 }, () => policies.policyFor(team)));
    assert.ok(found.every(({ origin }) => origin === "global"));
    assert.deepEqual(looks, ["/policies/team.json", "/policies", "/policy.json"]);
  });
});
