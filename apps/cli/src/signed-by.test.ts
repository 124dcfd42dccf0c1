import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { writeDirectoryImage } from "@countersign/testkit/layouts/directory-image";
import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createGpgSigner } from "@countersign/testkit/signing-kit/gpg/gpg-signer";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { main } from "./main.ts";
import { recordingTerminal } from "./terminal.ts";

const root = temporaryRoot();
after(() => root[Symbol.dispose]());
const reference = "registry.example/app:v1";
const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest }));
const image = { digest: digestOf(manifest), reference };
const alice = createGpgSigner("alice");
const mallory = createGpgSigner("mallory");
const stored = (name: string, ...signatures: readonly Uint8Array[]): string => {
  const path = join(root.path, name);
  writeDirectoryImage(path, { manifest, signatures });
  return `dir:${path}`;
};
const kit = createSigningKit();
const byAlice = stored("alice", alice.sign(image).bytes);
const byMallory = stored("mallory", mallory.sign(image).bytes);
const byCosign = stored("cosign", sigstoreBlob(kit.sign(kit.key("release"), image)));
const unsigned = stored("unsigned");
const keyPath = root.write("alice.gpg", alice.publicKey);

async function ask(
  command: "verify" | "explain",
  name: string,
  members: Readonly<Record<string, unknown>> = { keyPath },
  ...flags: readonly string[]
) {
  const signedIdentity = { type: "exactReference", dockerReference: reference };
  const requirement = { type: "signedBy", keyType: "GPGKeys", signedIdentity, ...members };
  const file = root.write("policy.json", JSON.stringify({ default: [requirement] }));
  const io = recordingTerminal({ HOME: join(root.path, "home") });
  await main([command, "--signature-policy", file, ...flags, name], io);
  return io.said;
}

describe("countersign explain, of signedBy,", () => {
  it("names the key that signed", async () => {
    const { out, exitCode } = await ask("explain", byAlice);
    assert.equal(exitCode, 0);
    assert.match(out, new RegExp(`accepted\\n +signed by the OpenPGP key ${alice.fingerprint}\\n`));
    assert.ok(out.includes(`it says it signs ${image.digest} as "${reference}"`));
    assert.ok(out.includes(`signedBy: OpenPGP key from ${keyPath}, identity exactReference: holds`));
  });
  it("says in words what gpg says in numbers", async () => {
    const { out, exitCode } = await ask("explain", byMallory);
    assert.equal(exitCode, 1);
    assert.match(out, /err:0x9\}/);
    assert.ok(out.includes(`that is: none of the policy's keys made it (key ${mallory.fingerprint})`));
  });
  it("says that other signatures do not matter", async () => {
    const { out, exitCode } = await ask("explain", byCosign);
    assert.equal(exitCode, 1);
    assert.match(out, /not relevant: signedBy looks at OpenPGP signatures only/);
  });
});

describe("countersign verify, of signedBy,", () => {
  it("gives the fingerprint to programs", async () => {
    const { out } = await ask("verify", byAlice, { keyPath }, "--output", "json");
    const { decision, requirements } = JSON.parse(out);
    assert.equal(decision, "allowed");
    assert.equal(requirements[0].signatures[0].signer, alice.fingerprint);
  });

  const rows: ReadonlyArray<
    readonly [
      what: string,
      name: string,
      members: Readonly<Record<string, unknown>>,
      code: string,
      exit: number,
    ]
  > = [
    ["another key's signature", byMallory, { keyPath }, "SIGNATURE_NOT_ACCEPTED", 1],
    ["no signature", unsigned, { keyPath }, "SIGNATURE_MISSING", 1],
    ["no key that counts", byAlice, { keyData: "AAAA" }, "SIGNATURE_NOT_ACCEPTED", 1],
    ["keys of another type", byAlice, { keyPath, keyType: "X509Certificates" }, "REQUIREMENT_UNSUPPORTED", 3],
    ["a key file that is not there", byAlice, { keyPath: "/nowhere" }, "TRUST_FILE_UNREADABLE", 3],
  ];
  for (const [what, name, members, code, exit] of rows) {
    it(`refuses ${what}`, async () => {
      const { out, exitCode } = await ask("verify", name, members, "--output", "json");
      assert.equal(exitCode, exit);
      assert.equal(JSON.parse(out).code, code);
    });
  }
});
