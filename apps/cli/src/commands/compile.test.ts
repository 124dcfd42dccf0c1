import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

const pem = createSigningKey("release").publicKeyPem;
const indented = pem.trim().replaceAll("\n", "\n        ");

const clusterPolicy = `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata:
  name: signed
spec:
  images:
  - glob: ghcr.io/team/**
  authorities:
  - name: release
    key:
      data: |
        ${indented}
`;
const namespacePolicy = `apiVersion: policy.countersign.dev/v1alpha1
kind: ImagePolicy
metadata: {name: attested, namespace: shop}
spec:
  images: [{glob: "ghcr.io/team/**"}]
  authorities:
  - key: {secretRef: {name: ci}}
    attestations:
    - {name: built, predicateType: slsaprovenance1, policy: {type: cue, data: "a: 1"}}
`;
const secret = `apiVersion: v1
kind: Secret
metadata: {name: ci}
data: {cosign.pub: ${Buffer.from(pem).toString("base64")}}
`;

async function compile(files: Readonly<Record<string, string>>, ...flags: readonly string[]) {
  using root = temporaryRoot();
  for (const [name, content] of Object.entries(files)) root.write(name, content);
  const io = recordingTerminal();
  const named = Object.keys(files).flatMap((name) => ["-f", join(root.path, name)]);
  const out = join(root.path, "out");
  await main(["compile", ...named, "--out", out, ...flags], io);
  const written = (name: string) => {
    const path = join(out, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  const names = ["policy.json", "policies/shop.json", "registries.d/countersign.yaml"];
  return { ...io.said, files: Object.fromEntries(names.map((name) => [name, written(name)])) };
}

describe("countersign compile", () => {
  it("writes the files of a node for the gateway, and exits 0 when all of it is enforced", async () => {
    const { exitCode, out, files } = await compile({ "policies.yaml": clusterPolicy });
    assert.equal(exitCode, 0, out);
    assert.match(out, /^enforced ClusterImagePolicy signed\nfile {5}policy\.json\n$/);
    const policy = parsePolicy(Buffer.from(files["policy.json"] ?? ""), "policy.json");
    assert.deepEqual(
      policy.images.map(({ name }) => name),
      ["ClusterImagePolicy signed"],
    );
    assert.deepEqual(policy.default, [{ type: "reject" }]);
  });

  it("exits 1 for what cannot be enforced, which then accepts nothing", async () => {
    const { exitCode, out, files } = await compile({
      "all.yaml": [clusterPolicy, namespacePolicy, secret].join("---\n"),
    });
    assert.equal(exitCode, 1, out);
    assert.match(
      out,
      /in part {2}ImagePolicy shop\/attested\n +refuses: spec\.authorities\[0\]\.attestations\[0\]\.policy\.type: .*no engine for cue/,
    );
    const { images } = parsePolicy(Buffer.from(files["policies/shop.json"] ?? ""), "shop.json");
    assert.deepEqual(
      images.map(({ name, tightens }) => [name, tightens]),
      [
        ["ClusterImagePolicy signed", false],
        ["ImagePolicy shop/attested", true],
      ],
    );
  });

  it("writes strict files for CRI-O, and says what these cannot say", async () => {
    const { exitCode, out, files } = await compile({ "policies.yaml": clusterPolicy }, "--target", "crio");
    assert.equal(exitCode, 1);
    assert.match(out, /the glob ghcr\.io\/team\/\*\* leaves out the repository ghcr\.io\/team itself/);
    const { transports } = JSON.parse(files["policy.json"] ?? "");
    assert.deepEqual(transports.docker["ghcr.io/team"], [{ type: "reject" }]);
  });

  it("writes for CRI-O what it can do as the policy says", async () => {
    const both = clusterPolicy.replace("  authorities:", '  - glob: "ghcr.io/team@*"\n  authorities:');
    const { exitCode, out, files } = await compile({ "policies.yaml": both }, "--target", "crio");
    assert.equal(exitCode, 1);
    assert.match(out, /crio {5}ClusterImagePolicy signed: signatures must name the image's own repository/);
    const { transports } = JSON.parse(files["policy.json"] ?? "");
    assert.deepEqual(transports.docker["ghcr.io/team"], [
      {
        type: "sigstoreSigned",
        keyData: Buffer.from(`${pem.trim()}\n`).toString("base64"),
        signedIdentity: { type: "matchRepository" },
      },
    ]);
    assert.equal(
      files["registries.d/countersign.yaml"],
      'docker:\n  "ghcr.io/team": {use-sigstore-attachments: true}\n',
    );
  });

  it("reads what kubectl get prints of several objects", async () => {
    const list = (items: readonly string[]) =>
      `apiVersion: v1\nkind: List\nitems:\n${items.map((item) => `- ${item.trim().replaceAll("\n", "\n  ")}\n`).join("")}`;
    const { exitCode, out } = await compile({ "policies.yaml": list([secret, clusterPolicy]) });
    assert.equal(exitCode, 0, out);
    const broken = list([secret, clusterPolicy.replace("glob:", "blob:")]);
    const faulty = await compile({ "policies.yaml": broken });
    assert.match(faulty.out, /policies\.yaml:14:7 items\[1\]\.spec\.images\[0\]/);
  });

  it("tells every fault with its place, writes nothing and exits 2", async () => {
    const broken = clusterPolicy
      .replace("glob: ghcr.io/team/**", "glob: '[a-z]'")
      .replace("spec:", "spec:\n  mode: audit");
    const { exitCode, out, files } = await compile({ "policies.yaml": broken }, "--output", "json");
    assert.equal(exitCode, 2);
    const { faults } = JSON.parse(out);
    assert.deepEqual(
      faults.map(({ path, line }: { path: string; line: number }) => [path, line]),
      [
        ["spec.mode", 6],
        ["spec.images[0].glob", 8],
      ],
    );
    assert.equal(files["policy.json"], undefined);
  });

  it("exits 2 for files without policies", async () => {
    assert.equal((await compile({ "secret.yaml": secret })).exitCode, 2);
  });
});
