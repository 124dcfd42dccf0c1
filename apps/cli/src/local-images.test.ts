import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { writeDirectoryImage } from "@countersign/testkit/layouts/directory-image";
import { writeOciLayout } from "@countersign/testkit/layouts/oci-layout";
import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { main } from "./main.ts";
import { recordingTerminal } from "./terminal.ts";

const root = temporaryRoot();
after(() => root[Symbol.dispose]());
const at = (name: string): string => join(root.path, name);
const kit = createSigningKit();
const key = kit.key("release");
const name = "registry.example/app:v1";

const manifestOf = (architecture: string) =>
  Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, annotations: { architecture } }),
  );
const [amd64, arm64] = [manifestOf("amd64"), manifestOf("arm64")];
const signed = (manifest: Uint8Array) => [
  sigstoreBlob(kit.sign(key, { digest: digestOf(manifest), reference: name })),
];
const index = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [amd64, arm64].map((manifest, position) => ({
      mediaType: mediaTypes.ociManifest,
      digest: digestOf(manifest),
      size: manifest.length,
      platform: { os: "linux", architecture: ["amd64", "arm64"][position] },
    })),
  }),
);

writeDirectoryImage(at("signed"), { manifest: amd64, signatures: signed(amd64) });
writeDirectoryImage(at("unsigned"), { manifest: amd64 });
writeDirectoryImage(at("index"), {
  manifest: index,
  instances: [{ manifest: amd64, signatures: signed(amd64) }, { manifest: arm64 }],
});
writeOciLayout(at("layout"), {
  entries: [
    ["v1", { bytes: amd64, mediaType: mediaTypes.ociManifest }],
    ["all", { bytes: index, mediaType: mediaTypes.ociIndex }],
  ],
  blobs: [arm64],
});
mkdirSync(at("links"));
symlinkSync("../signed", at("links/current"));

const requirement = (signedIdentity: object) => ({
  type: "sigstoreSigned",
  keyData: Buffer.from(key.publicKeyPem).toString("base64"),
  signedIdentity,
});
const demanding = requirement({ type: "exactReference", dockerReference: name });

async function ask(
  command: "verify" | "explain",
  image: string,
  transports: object,
  ...flags: readonly string[]
): Promise<{ readonly out: string; readonly exitCode: number }> {
  const file = root.write("policy.json", JSON.stringify({ default: [{ type: "reject" }], transports }));
  const io = recordingTerminal({ HOME: at("home") });
  await main([command, "--signature-policy", file, ...flags, image], io);
  return { out: io.said.out, exitCode: io.said.exitCode };
}

describe("countersign verify allows", () => {
  const rows: ReadonlyArray<
    readonly [what: string, image: string, transports: object, flags?: readonly string[]]
  > = [
    ["a directory with a good signature", `dir:${at("signed")}`, { dir: { "": [demanding] } }],
    ["by the directory's own scope", `dir:${at("signed")}`, { dir: { [at("signed")]: [demanding] } }],
    ["by the scope of a directory above", `dir:${at("signed")}`, { dir: { [root.path]: [demanding] } }],
    [
      "by where a link leads, not where it is",
      `dir:${at("links/current")}`,
      { dir: { [at("signed")]: [demanding], [at("links")]: [{ type: "reject" }] } },
    ],
    [
      "from where it is run",
      `dir:${relative(process.cwd(), at("signed"))}`,
      { dir: { [at("signed")]: [demanding] } },
    ],
    [
      "this platform's instance of an index",
      `dir:${at("index")}`,
      { dir: { "": [demanding] } },
      ["--platform", "linux/amd64"],
    ],
    [
      "an image in an OCI layout",
      `oci:${at("layout")}:v1`,
      { oci: { [at("layout")]: [{ type: "insecureAcceptAnything" }] } },
    ],
    [
      "an instance in an OCI layout",
      `oci:${at("layout")}:all`,
      { oci: { "": [{ type: "insecureAcceptAnything" }] } },
      ["--platform", "linux/arm64"],
    ],
  ];
  for (const [what, image, transports, flags = []] of rows) {
    it(what, async () => {
      const { out, exitCode } = await ask("verify", image, transports, ...flags);
      assert.equal(exitCode, 0, out);
      assert.ok(out.includes(`allowed   ${image}`), out);
    });
  }
});

describe("countersign verify refuses", () => {
  const rows: ReadonlyArray<
    readonly [
      why: string,
      image: string,
      transports: object,
      exitCode: number,
      message: RegExp,
      flags?: readonly string[],
    ]
  > = [
    [
      "a directory without a signature",
      `dir:${at("unsigned")}`,
      { dir: { "": [demanding] } },
      1,
      /A signature was required, but no signature exists/,
    ],
    [
      "a directory that a matcher wants a name of",
      `dir:${at("signed")}`,
      { dir: { "": [requirement({ type: "matchRepository" })] } },
      1,
      /Signature for identity "registry.example\/app:v1" is not accepted.*only exactReference and exactRepository can match/s,
    ],
    [
      "an instance without a signature",
      `dir:${at("index")}`,
      { dir: { "": [demanding] } },
      1,
      /copying system image from manifest list: Source image rejected: A signature was required/,
      ["--platform", "linux/arm64"],
    ],
    [
      "a layout where a signature is asked for",
      `oci:${at("layout")}:v1`,
      { oci: { "": [demanding] } },
      1,
      /no signature exists.*no room for signatures/s,
    ],
    ["what the policy's default refuses", `dir:${at("signed")}`, {}, 1, /Running image dir:.* is rejected/],
    [
      "the scope of another transport",
      `dir:${at("signed")}`,
      { oci: { "": [{ type: "insecureAcceptAnything" }] } },
      1,
      /is rejected by policy/,
    ],
    ["what is not there", `dir:${at("none")}`, {}, 3, /open .*none\/manifest\.json: no such file/],
    ["what could be either", "oci:1.0", {}, 2, /write docker:\/\/oci:1\.0 or oci:\.\/1\.0/],
    [
      "what is not read",
      "docker-archive:/a.tar",
      {},
      2,
      /images of the transport docker-archive are not read; copy it with "skopeo copy docker-archive:\/a\.tar dir:DIRECTORY"/,
    ],
  ];
  for (const [why, image, transports, code, message, flags = []] of rows) {
    it(why, async () => {
      const { out, exitCode } = await ask("verify", image, transports, ...flags);
      assert.match(out, message);
      assert.equal(exitCode, code);
    });
  }
});

it("countersign verify calls a layout's only image as it was typed", async () => {
  const { out } = await ask("verify", "oci:/nonexistent", {});
  assert.match(out, /^undecided oci:\/nonexistent\n/);
});

describe("countersign verify --output json of an image in a directory", () => {
  it("names transport and scope, and where signatures were missed", async () => {
    const { out } = await ask(
      "verify",
      `dir:${at("unsigned")}`,
      { dir: { [root.path]: [demanding] } },
      "--output",
      "json",
    );
    const { reference, digest, policy, missedIn } = JSON.parse(out);
    assert.equal(reference, `dir:${at("unsigned")}`);
    assert.equal(digest, digestOf(amd64));
    assert.equal(policy.transport, "dir");
    assert.equal(policy.scope, root.path);
    assert.deepEqual(missedIn, [{ kind: "directory", location: at("unsigned"), searched: true }]);
  });
});

describe("countersign explain of an image in a directory", () => {
  it("shows each signature and its file", async () => {
    writeFileSync(at("signed/signature-2"), Buffer.from("\0simple-signing\n"));
    const { out } = await ask("explain", `dir:${at("signed")}`, { dir: { "": [demanding] } });
    assert.ok(out.includes(`- ${at("signed")}/signature-1`), out);
    assert.match(out, /it says it signs sha256:[0-9a-f]{64} as "registry\.example\/app:v1"/);
    assert.ok(out.includes(`looked for first, not in the file: "${at("signed")}"`), out);
  });
  it("shows where a link leads", async () => {
    const { out } = await ask("explain", `dir:${at("links/current")}`, {});
    assert.ok(out.includes(`asked for as dir:${at("links/current")}\n  which is at ${at("signed")}\n`), out);
  });
  it("says where a missing one was looked for", async () => {
    const { out } = await ask("explain", `dir:${at("unsigned")}`, { dir: { "": [demanding] } });
    assert.ok(out.includes(`looked for beside the manifest in ${at("unsigned")}: there is none`), out);
  });
});
