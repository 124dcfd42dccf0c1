import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

let staging: TestRegistry;
let open: TestRegistry;
let root: TemporaryRoot;
const keys = { builder: "", release: "" };

before(async () => {
  [staging, open] = await Promise.all([startRegistry(), startRegistry()]);
  root = temporaryRoot();
  for (const name of ["builder", "release"] as const) {
    const { privateKey, publicKeyPem } = createSigningKey(name);
    keys[name] = root.write(`${name}.key`, privateKey.export({ type: "pkcs8", format: "pem" }));
    root.write(`${name}.pub`, publicKeyPem);
  }
  const insecure = [staging, open].map(
    ({ address }) => `[[registry]]\nlocation = "${address}"\ninsecure = true\n`,
  );
  root.write("r.conf", insecure.join(""));
  root.write("registries.d/all.yaml", "default-docker:\n  use-sigstore-attachments: true\n");
});
after(async () => {
  await Promise.all([staging.close(), open.close()]);
  root[Symbol.dispose]();
});

async function run(...args: readonly string[]) {
  const io = recordingTerminal({ HOME: root.path });
  await main([...args, "--registries-conf", `${root.path}/r.conf`], io);
  return io.said;
}

function policyOf(name: "builder" | "release"): readonly string[] {
  const requirement = { type: "sigstoreSigned", keyPath: `${root.path}/${name}.pub` };
  const signedIdentity = { type: "matchRepository" };
  const policy = root.write(
    `${name}.json`,
    JSON.stringify({ default: [{ ...requirement, signedIdentity }] }),
  );
  return ["--signature-policy", policy, "--registries-d", `${root.path}/registries.d`];
}

describe("countersign promote", () => {
  it("publishes what a policy allows, signed under its public name", async () => {
    staging.image("build/app:v1");
    const [source, destination] = [`${staging.address}/build/app:v1`, `${open.address}/app:v1`];
    const promote = ["promote", "--key", keys.release, ...policyOf("builder"), source, destination];

    const denied = await run(...promote);
    assert.equal(denied.exitCode, 1);
    assert.match(denied.out, /why .*A signature was required, but no signature exists/);
    assert.equal(open.store.manifest("app", "v1"), undefined);

    await run("sign", "--key", keys.builder, source);
    const said = await run(...promote, "--output", "json");
    const { tag, signatures, attached, code } = JSON.parse(said.out);
    assert.deepEqual([said.exitCode, tag, signatures.length, attached, code], [0, "written", 2, 2, ""]);
    assert.equal((await run("verify", ...policyOf("release"), destination)).exitCode, 0);
  });

  it("takes the source's tag, and copies nothing in a dry run", async () => {
    staging.image("build/dry:v7");
    const said = await run("promote", "--dry-run", `${staging.address}/build/dry:v7`, `${open.address}/dry`);
    assert.equal(said.exitCode, 0);
    assert.match(said.out, new RegExp(`^dry run .*\\n {2}is .*\\n {2}as {7}${open.address}/dry:v7\\n$`));
    assert.equal(open.store.manifest("dry", "v7"), undefined);
  });

  it("leaves a tag that leads elsewhere", async () => {
    staging.image("build/moved:v1", { files: { a: "new" } });
    open.image("moved:v1");
    const said = await run(
      "promote",
      "--key",
      keys.release,
      `${staging.address}/build/moved:v1`,
      `${open.address}/moved:v1`,
    );
    assert.equal(said.exitCode, 3);
    assert.match(said.out, /leads to another image, sha256:\w+, and is not moved unless --move-tag says so/);
  });

  it("wants a tag to publish under", async () => {
    const said = await run(
      "promote",
      "--key",
      keys.release,
      `a.example/a@sha256:${"a".repeat(64)}`,
      "b.example/b",
    );
    assert.equal(said.exitCode, 2);
    assert.match(said.err, /write the name with the tag under which the image is published/);
  });
});
