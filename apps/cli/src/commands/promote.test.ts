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
    assert.match(
      denied.out,
      /^denied .*\n(?:.*\n)* {2}why .*A signature was required, but no signature exists/,
    );
    assert.match(denied.out, /\n {2}policy .*builder\.json, its default/);
    assert.match(
      denied.out,
      /\n {2}next .*nothing was copied; .* countersign sign --key KEY --format legacy/,
    );
    assert.equal(open.store.manifest("app", "v1"), undefined);

    await run("sign", "--key", keys.builder, source);
    const said = await run(...promote, "--output", "json");
    const { reference, tag, signatures, attached, code } = JSON.parse(said.out);
    assert.deepEqual([said.exitCode, tag, signatures.length, attached, code], [0, "written", 2, 2, ""]);
    assert.equal(reference, destination);
    const again = await run(...promote);
    assert.match(again.out, /\n {2}signed +0 new signatures, 2 there before for /);
    assert.equal((await run("verify", ...policyOf("release"), destination)).exitCode, 0);
  });

  it("says what keeps a policy from seeing signatures", async () => {
    staging.image("build/unseen:v1");
    const source = `${staging.address}/build/unseen:v1`;
    const [flag = "", policy = ""] = policyOf("builder");
    await run("sign", "--key", keys.builder, source);
    const nowhere = root.write("none.d/all.yaml", "").replace(/\/all\.yaml$/, "");
    const said = await run(
      ...["promote", "--key", keys.release, flag, policy, "--registries-d", nowhere],
      ...[source, `${open.address}/unseen:v1`],
    );
    assert.equal(said.exitCode, 1);
    assert.match(said.out, new RegExp(`next .*"${staging.address}": \\{use-sigstore-attachments: true\\}`));
  });

  it("leads from a policy with faults to lint", async () => {
    staging.image("build/lint:v1");
    const broken = root.write("broken.json", '{"default":[{"type":"rejct"}]}');
    const said = await run(
      ...["promote", "--key", keys.release, "--signature-policy", broken],
      ...[`${staging.address}/build/lint:v1`, `${open.address}/lint:v1`],
    );
    assert.equal(said.exitCode, 2);
    assert.match(
      said.out,
      /^failed .*\n(?:.*\n)* {2}next +nothing was copied; the fault is at default.*; countersign lint .*broken\.json/,
    );
  });

  it("says under which tag it published what was named without one", async () => {
    staging.image("build/untold:v9");
    const said = await run(
      ...["promote", "--key", keys.release, `${staging.address}/build/untold:v9`, `${open.address}/untold`],
    );
    assert.match(said.out, new RegExp(`\\n {2}tag +${open.address}/untold:v9 written\\n`));
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
    assert.match(
      said.out,
      /\n {2}next +nothing was published; name another tag, or have this one moved with --move-tag\n$/,
    );
  });

  it("says that nothing was copied of what is not there", async () => {
    const said = await run(
      ...["promote", "--key", keys.release, `${staging.address}/build/none:v1`, `${open.address}/none:v1`],
    );
    assert.equal(said.exitCode, 3);
    assert.match(said.out, /\n {2}next +nothing was copied; check the image's name and tag\n$/);
  });

  it("says which destination is no name, and how to write one", async () => {
    const said = await run("promote", "--key", keys.release, "a.example/a:v1", "https://b.example/b:v1");
    assert.equal(said.exitCode, 2);
    assert.match(
      said.err,
      /"https:\/\/b\.example\/b:v1": invalid reference format; write registry\/repository:tag/,
    );
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
