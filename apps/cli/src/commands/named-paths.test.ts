import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

let root: TemporaryRoot;
let policy: string;

before(() => {
  root = temporaryRoot();
  policy = root.write("policy.json", '{"default":[{"type":"reject"}]}');
  root.write("images.yaml", "policy: policy.json\nimages: [{image: busybox, expect: denied}]\n");
});

after(() => root[Symbol.dispose]());

async function run(...argv: string[]) {
  const io = recordingTerminal({ HOME: root.path });
  await main(argv, io);
  return io.said;
}

const absent = () => `${root.path}/absent`;

describe("a path that was typed and leads nowhere is wrong usage", () => {
  const commands: ReadonlyArray<readonly [command: string, argv: () => string[]]> = [
    ["verify", () => ["verify", "--signature-policy", policy, "busybox"]],
    ["explain", () => ["explain", "--signature-policy", policy, "busybox"]],
    ["lint", () => ["lint", policy]],
    ["policy show", () => ["policy", "show", "--signature-policy", policy, "busybox"]],
    ["policy test", () => ["policy", "test", `${root.path}/images.yaml`]],
    ["policy diff", () => ["policy", "diff", "--evidence", "unsigned", policy, policy, "busybox"]],
  ];
  for (const [command, argv] of commands) {
    for (const flag of ["--registries-d", "--registry-config-path"]) {
      it(`of ${command}: ${flag}`, async () => {
        const said = await run(...argv(), flag, absent());
        assert.equal(said.err, `countersign: ${flag} ${absent()}: no such directory\n`);
        assert.equal(said.exitCode, 2);
      });
    }
  }
  for (const [command, argv] of commands) {
    it(`of ${command}: --registries-d, for a file`, async () => {
      const said = await run(...argv(), "--registries-d", policy);
      assert.equal(said.err, `countersign: --registries-d ${policy}: not a directory\n`);
      assert.equal(said.exitCode, 2);
    });
  }
  const judging: typeof commands = [
    ["verify", () => ["verify", "busybox"]],
    ["explain", () => ["explain", "busybox"]],
    ["policy show", () => ["policy", "show", "busybox"]],
    ["policy show of all", () => ["policy", "show"]],
    ["policy test", () => ["policy", "test", `${root.path}/images.yaml`]],
  ];
  for (const [command, argv] of judging) {
    it(`of ${command}: --signature-policy-dir, for no namespace`, async () => {
      for (const [path, why] of [
        [absent(), "no such directory"],
        [policy, "not a directory"],
      ] as const) {
        const said = await run(...argv(), "--signature-policy", policy, "--signature-policy-dir", path);
        assert.equal(said.err, `countersign: --signature-policy-dir ${path}: ${why}\n`);
        assert.equal(said.out, "");
        assert.equal(said.exitCode, 2);
      }
    });
  }
  it("of policy diff: --signature-policy-dir", async () => {
    const said = await run("policy", "diff", policy, policy, "--signature-policy-dir", absent());
    assert.equal(said.err, `countersign: --signature-policy-dir ${absent()}: no such directory\n`);
    assert.equal(said.exitCode, 2);
  });
  const signing: typeof commands = [
    ["sign", () => ["sign", "--dry-run", "busybox"]],
    ["attest", () => ["attest", "--dry-run", "--type", "custom", "--predicate", policy, "busybox"]],
    ["promote", () => ["promote", "--dry-run", "busybox", "registry.example/busybox:v1"]],
  ];
  for (const [command, argv] of [...commands, ...signing]) {
    it(`of ${command}: --registries-conf`, async () => {
      const said = await run(...argv(), "--registries-conf", absent());
      assert.equal(said.err, `countersign: --registries-conf ${absent()}: no such file\n`);
      assert.equal(said.exitCode, 2);
    });
  }
  for (const command of ["verify", "explain"]) {
    it(`of ${command}: --authfile`, async () => {
      const said = await run(command, "--signature-policy", policy, "--authfile", absent(), "busybox");
      assert.equal(said.err, `countersign: --authfile ${absent()}: no such file\n`);
      assert.equal(said.exitCode, 2);
    });
  }

  it("in JSON, if that is asked for", async () => {
    const said = await run("verify", "--output", "json", "--authfile", absent(), "busybox");
    const { code, message } = JSON.parse(said.out);
    assert.deepEqual([code, message], ["USAGE", `--authfile ${absent()}: no such file`]);
  });

  it("but of several directories of containerd's one is enough", async () => {
    const said = await run("lint", "--registry-config-path", `${absent()}:${root.path}`, policy);
    assert.equal(said.exitCode, 0, said.err);
  });
});
