import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { startContainerd } from "../peers/containerd.ts";
import { countersign } from "../peers/gateway.ts";
import { pushBusybox } from "../peers/images.ts";
import { containerdVersions } from "../peers/node.ts";
import { startRegistry } from "../peers/registry.ts";

describe("countersign demo --runtime-endpoint", () => {
  for (const version of containerdVersions) {
    it(`plays every scene as it must on containerd ${version}`, async () => {
      await using closing = new AsyncDisposableStack();
      const registry = await startRegistry();
      closing.defer(async () => void (await registry.close()));
      const pause = await pushBusybox(registry.host, "pause:demo");
      const runtime = await startContainerd(version, pause.reference);
      closing.defer(async () => void (await runtime.close()));
      const played = spawnSync(countersign, ["demo", "--runtime-endpoint", `unix://${runtime.socket}`], {
        encoding: "utf8",
        timeout: 90_000,
      });
      assert.equal(played.status, 0, played.stdout + played.stderr);
      assert.match(played.stdout, /Runtime: containerd /);
    });
  }
});
