import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { main } from "./main.ts";
import { recordingTerminal } from "./terminal.ts";

async function run(root: TemporaryRoot, ...argv: string[]) {
  const io = recordingTerminal({ HOME: root.path });
  const policy = root.write(
    "policy.json",
    JSON.stringify({ default: [{ type: "sigstoreSigned", keyPath: "/nonexistent/key.pub" }] }),
  );
  const conf = ["--registries-conf", root.write("registries.conf", "")];
  const [command = "", ...rest] = argv;
  await main([command, "--signature-policy", policy, ...conf, ...rest], io);
  return io.said;
}

describe("countersign with --registry-config-path", () => {
  for (const command of ["verify", "explain"]) {
    it(`${command} looks for the image where hosts.toml says`, async () => {
      using root = temporaryRoot();
      await using mirror = await startRegistry({ mirrors: true });
      const { digest } = mirror.image("hub.example/app:v1");
      root.write("certs.d/hub.example/hosts.toml", `[host."http://${mirror.address}"]\n`);
      const directories = `/nonexistent:${root.path}/certs.d`;
      const said = await run(
        root,
        command,
        "--registry-config-path",
        directories,
        "--output",
        "json",
        "hub.example/app:v1",
      );
      assert.equal(said.exitCode, 1, said.err + said.out);
      const { reference, digest: found, code } = JSON.parse(said.out);
      assert.deepEqual([reference, found, code], ["hub.example/app:v1", digest, "SIGNATURE_MISSING"]);
    });
  }

  it("explain names the place that has to have the signatures", async () => {
    using root = temporaryRoot();
    await using mirror = await startRegistry({ mirrors: true });
    mirror.image("hub.example/app:v1");
    root.write("certs.d/hub.example/hosts.toml", `server = "http://${mirror.address}"\n`);
    const said = await run(
      root,
      "explain",
      "--registry-config-path",
      `${root.path}/certs.d`,
      "hub.example/app:v1",
    );
    assert.ok(said.out.includes(`${mirror.address}/app:sha256-`), said.out);
  });

  it("exits 2 for directories that are none", async () => {
    using root = temporaryRoot();
    const said = await run(root, "verify", "--registry-config-path", "/a::/b", "hub.example/app:v1");
    assert.equal(said.exitCode, 2);
    assert.match(
      said.err,
      /^countersign: --registry-config-path "\/a::\/b": write directories with colons between them/,
    );
  });
});
