import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Digest } from "@countersign/engine/values/digest";
import { copyToLayout } from "@countersign/testkit/layouts/copy-to-layout";
import { writeDirectoryImage } from "@countersign/testkit/layouts/directory-image";
import { storeImage, storeIndex, tinyImage } from "@countersign/testkit/registry/images";
import { bundleReferrer, storeReferrer } from "@countersign/testkit/registry/referrers";
import { registryStore } from "@countersign/testkit/registry/registry-store";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { predicateTypes, subjectOf } from "@countersign/testkit/signing-kit/sigstore/in-toto-statement";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { main } from "./main.ts";
import { recordingTerminal } from "./terminal.ts";

const root = temporaryRoot();
after(() => root[Symbol.dispose]());
const layout = join(root.path, "layout");
const directory = join(root.path, "directory");
const pocket = createPocketSigstore();
const [release, eve] = ["release", "eve"].map((name) => keySigner(createSigningKey(name)));
assert.ok(release !== undefined && eve !== undefined);

const store = registryStore();
const signed = (subject: Digest, signer = release) =>
  storeReferrer(store, "app", subject, bundleReferrer(pocket.signImage(subject, signer, { entry: "none" })));
const image = (tag: string) => storeImage(store, "app", { ...tinyImage, files: { tag } }, tag);
const good = image("good");
signed(good.digest);
signed(image("eve").digest, eve);
image("unsigned");
const { digest: scanned } = image("scanned");
const statement = {
  subjects: [subjectOf(scanned)],
  predicateType: predicateTypes.vulnerabilities,
  predicate: {},
};
storeReferrer(store, "app", scanned, bundleReferrer(pocket.attest(statement, release, { entry: "none" })));
const platform = { os: "linux", architecture: "amd64" };
signed(storeIndex(store, "app", [{ ...tinyImage, platform, files: { tag: "multi" } }], "multi").digest);
copyToLayout(store, "app", layout);
writeDirectoryImage(directory, { manifest: good.bytes });

const key = { name: "release", key: { data: Buffer.from(release.key.publicKeyPem).toString("base64") } };
const attested = { ...key, attestations: [{ name: "scan", predicateType: "vuln" }] };

async function ask(command: "verify" | "explain", name: string, authority: object, changes: object = {}) {
  const requirement = { type: "sigstore", authorities: [authority], ...changes };
  const transports = { oci: { [layout]: [requirement] }, dir: { [directory]: [requirement] } };
  const policy = { countersign: 1, default: [{ type: "reject" }], transports };
  const io = recordingTerminal({ HOME: join(root.path, "home") });
  const flags = ["--signature-policy", root.write("policy.json", JSON.stringify(policy))];
  await main([command, ...flags, "--platform", "linux/amd64", name], io);
  return io.said;
}

describe("countersign verify of an image in an OCI layout", () => {
  const rows: ReadonlyArray<
    readonly [what: string, tag: string, authority: object, exitCode: number, said: RegExp, changes?: object]
  > = [
    ["allows a bundle that refers to it", "good", key, 0, /^allowed /],
    ["denies another key's", "eve", key, 1, /the signature is not of the expected key/],
    [
      "denies one that has none, though others in the layout have",
      "unsigned",
      key,
      1,
      /no signature exists\n(.*\n)*next +if it is signed in its registry, copy it with all that refers to it: oras cp -r /,
    ],
    ["takes no attestation for a signature", "scanned", key, 1, /no signature exists/],
    ["allows an attestation that is asked for", "scanned", attested, 0, /^allowed /],
    ["takes no signature for an attestation", "good", attested, 1, /An attestation of type .* was required/],
    ["takes no signature of the index for one of its image", "multi", key, 1, /no signature exists/],
    ["does where the policy says so", "multi", key, 0, /^allowed /, { acceptIndexSignatures: true }],
  ];
  for (const [what, tag, authority, exitCode, said, changes] of rows) {
    it(what, async () => {
      const { out, ...ended } = await ask("verify", `oci:${layout}:${tag}`, authority, changes);
      assert.match(out, said);
      assert.equal(ended.exitCode, exitCode, out);
    });
  }

  it("names the bundle when it explains", async () => {
    const { out } = await ask("explain", `oci:${layout}:eve`, key);
    assert.match(out, new RegExp(`- oci:${layout}@sha256:[0-9a-f]{64}\n`));
  });
});

describe("countersign verify of an image in a dir: directory", () => {
  it("says that no bundle can be there, and where one can", async () => {
    const { out, exitCode } = await ask("verify", `dir:${directory}`, key);
    assert.match(
      out,
      /\nnext +a dir: directory has no room for what cosign attaches today: .* oras cp -r NAME /,
    );
    assert.equal(exitCode, 1);
  });
});
