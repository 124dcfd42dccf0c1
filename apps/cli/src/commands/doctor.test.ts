import assert from "node:assert/strict";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

const gateway = "unix:///run/countersign/cri.sock";
const containerd = "unix:///run/containerd/containerd.sock";

/** The files of a node, as somebody would mount its disk. */
function nodeFiles(kubeletEndpoint: string): TemporaryRoot {
  const root = temporaryRoot();
  root.write(
    "etc/systemd/system/countersign-gateway.service",
    `[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/usr/local/bin/countersign gateway --runtime-endpoint ${containerd}\nRestart=always\n`,
  );
  root.write("etc/systemd/system/kubelet.service.wants/countersign-gateway.service", "");
  root.write("var/lib/kubelet/config.yaml", `containerRuntimeEndpoint: ${kubeletEndpoint}\n`);
  root.write("etc/crictl.yaml", `runtime-endpoint: ${gateway}\n`);
  root.write("etc/containers/policy.json", '{"default":[{"type":"reject"}]}');
  root.write(
    "etc/containerd/config.toml",
    `[plugins."io.containerd.cri.v1.images".pinned_images]\nsandbox = "r.example/pause@sha256:${"a".repeat(64)}"\n`,
  );
  return root;
}

async function run(...argv: string[]) {
  const io = recordingTerminal();
  await main(["doctor", ...argv], io);
  return io.said;
}

describe("countersign doctor --root", () => {
  it("exits with 0 when there is no problem", async () => {
    using root = nodeFiles(gateway);
    const said = await run("--root", root.path);
    assert.equal(said.exitCode, 0, said.out);
    assert.match(said.out, /^ok {7}The gateway \(unit .*\) serves .*\[gateway-setup\]$/m);
    assert.match(said.out, /\n0 problems, 0 warnings, 0 not known, \d things in order\n$/);
  });

  it("exits with 1 for a problem, and says what follows and what to do", async () => {
    using root = nodeFiles(containerd);
    const said = await run("--root", root.path);
    assert.equal(said.exitCode, 1);
    const [, what = "", why = "", remedy = ""] =
      /^problem {2}(.*)\n {9}(.*)\n {9}Do: (.*)$/m.exec(said.out) ?? [];
    assert.match(what, /^\/var\/lib\/kubelet\/config\.yaml: .* \[kubelet-endpoint\]$/);
    assert.match(why, /past the gateway/);
    assert.match(remedy, /containerRuntimeEndpoint/);
  });

  it("exits with 3 when there is none and something cannot be looked at", async () => {
    using root = nodeFiles(gateway);
    root.write("etc/crictl.yaml", "runtime-endpoint: [\n");
    assert.equal((await run("--root", root.path)).exitCode, 3);
  });

  it("prints one array for programs", async () => {
    using root = nodeFiles(containerd);
    const findings = JSON.parse((await run("--root", root.path, "--output", "json")).out);
    const problem = findings.find(({ status }: { status: string }) => status === "problem");
    const good = findings.find(({ status }: { status: string }) => status === "ok");
    assert.deepEqual(Object.keys(problem), ["check", "status", "found", "why", "remedy"]);
    assert.deepEqual([good.why, good.remedy], [null, null]);
  });

  it("reads nothing of this machine, wherever the links of those files lead", async () => {
    using root = nodeFiles(gateway);
    using outside = temporaryRoot();
    outside.write("crictl.yaml", `runtime-endpoint: ${containerd}\n`);
    symlinkSync(join(outside.path, "crictl.yaml"), join(root.path, "etc/stolen.yaml"));
    root.write("etc/containerd/config.toml", `imports = ["${join(outside.path, "*.yaml")}"]\n`);
    const said = await run("--root", root.path, "--output", "json");
    assert.ok(!said.out.includes(outside.path), said.out);
  });

  it("keeps its words on their lines, whatever files are called", async () => {
    using root = nodeFiles(gateway);
    root.write("etc/containers/policy.json", '{"default":[], "\\u001b[2J\\n": 1}');
    const { out } = await run("--root", root.path);
    assert.ok(!out.includes("\u001b"));
  });

  it("sees who may write a policy", async () => {
    using root = nodeFiles(gateway);
    chmodSync(join(root.path, "etc/containers/policy.json"), 0o666);
    const said = await run("--root", root.path);
    assert.match(said.out, /Everybody on the node may write \/etc\/containers\/policy\.json\. \[policies\]/);
  });

  it("refuses a directory that is not there with 2", async () => {
    const said = await run("--root", "/nowhere/at/all");
    assert.equal(said.exitCode, 2);
    assert.match(said.err, /--root "\/nowhere\/at\/all": there is no such directory/);
  });
});

it("countersign doctor, of the machine that it runs on, says something", async () => {
  const said = await run("--output", "json");
  assert.ok(JSON.parse(said.out).length > 0);
  assert.ok([0, 1, 3].includes(said.exitCode));
});
