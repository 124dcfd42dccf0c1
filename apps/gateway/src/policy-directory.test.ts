import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openNode } from "./testing/node-in-process.ts";

/** What docs/guide/gateway.md says of a --signature-policy-dir that is not there. */
describe("a --signature-policy-dir that is not there", () => {
  it("as the gateway starts is made, with a warning that says by what pods are judged, and what to mend", async () => {
    using root = temporaryRoot();
    const directory = join(root.path, "polcies");
    await using node = await openNode({ config: { signaturePolicyDir: directory } });
    assert.ok(existsSync(directory));
    const [told, ...others] = linesOf(node.log, directory);
    assert.equal(told?.["level"], "warn");
    assert.match(
      String(told?.["msg"]),
      /every namespace goes by --signature-policy .* if its name is misspelt, mend the flag/,
    );
    assert.deepEqual(others, []);
    node.publish("free/app:v1");
    await node.pull("free/app:v1", "shop");
  });

  it("and cannot be made is an error, and every pull for a pod is refused", async () => {
    using root = temporaryRoot();
    const directory = join(root.write("file", ""), "policies");
    await using node = await openNode({ config: { signaturePolicyDir: directory } });
    assert.deepEqual(
      linesOf(node.log, directory).map(({ level, msg }) => [level, msg]),
      [["error", "--signature-policy-dir cannot be used; every pull for a pod is refused"]],
    );
    node.publish("free/app:v1");
    await assert.rejects(node.pull("free/app:v1", "shop"), { details: /^SignatureValidationFailed: / });
  });

  it("any more, after it was, refuses every pull for a pod", async () => {
    using root = temporaryRoot();
    const directory = join(root.path, "policies");
    await using node = await openNode({ config: { signaturePolicyDir: directory } });
    node.publish("free/app:v1");
    rmSync(directory, { recursive: true });
    await assert.rejects(node.pull("free/app:v1", "shop"), {
      details: /create --signature-policy-dir, or leave the flag out/,
    });
  });
});

function linesOf(log: readonly string[], directory: string): readonly Record<string, unknown>[] {
  return log
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line["directory"] === directory);
}
