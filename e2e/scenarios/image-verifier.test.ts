import assert from "node:assert/strict";
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { status } from "@grpc/grpc-js";
import { type Containerd, startContainerd } from "../peers/containerd.ts";
import { countersign } from "../peers/gateway.ts";
import { pushBusybox, thisPlatform } from "../peers/images.ts";
import { outcomeOf } from "../peers/outcome.ts";
import { newerProgram, run } from "../peers/programs.ts";
import { pushManifest } from "../peers/push.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { type Registry, startRegistry } from "../peers/registry.ts";
import { makeScratch, type Scratch } from "../peers/scratch.ts";
import { cosignSign, type KeyPair, makeKeyPair } from "../peers/signing.ts";
import { policyFor, signedBy, type TrustFiles, writePolicy, writeTrustFiles } from "../peers/trust-files.ts";

const allowed = { code: status.OK, message: "" };
const missing = "Source image rejected: A signature was required, but no signature exists";

/** containerd 1.6 has no such plugin. */
describe("containerd 2.1 with countersign for its image verifier, no gateway before it,", () => {
  let scratch: Scratch;
  let registry: Registry;
  let runtime: Containerd;
  let cri: CriClient;
  let key: KeyPair;
  let trust: TrustFiles;

  before(async () => {
    scratch = await makeScratch("verifier");
    registry = await startRegistry();
    const pause = await pushBusybox(registry.host, "pause:test");
    runtime = await startContainerd("2.1", pause.reference);
    cri = connectCri(runtime.socket);
    key = await makeKeyPair(scratch.path, "release");
    const policy = policyFor({ [`${registry.host}/signed`]: [signedBy(key)] });
    trust = await writeTrustFiles(scratch.path, [registry.host], policy);
    await mkdir(join(runtime.directory, "verifiers"));
    await setUpVerifier();
  });
  after(async () => {
    cri?.close();
    await runtime?.close();
    await registry?.close();
    await scratch?.remove();
  });
  afterEach(() => setUpVerifier());

  const setUpVerifier = () =>
    verifier(
      `exec ${countersign} image-verifier --signature-policy ${trust.policy} ` +
        `--registries-conf ${trust.registriesConf} --registries-d ${trust.registriesD} "$@"`,
    );
  const verifier = (line: string) =>
    writeFile(join(runtime.directory, "verifiers", "countersign"), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  const pull = ({ reference }: Pick<PushedImage, "reference">) =>
    outcomeOf(cri.pullImage({ image: { image: reference } }));
  const isPresent = async ({ reference }: PushedImage) =>
    (await cri.imageStatus({ image: { image: reference } })).image !== undefined;
  const signedImage = async (name: string) => {
    const image = await pushBusybox(registry.host, name);
    await cosignSign(image, key);
    return image;
  };

  it("pulls a signed image", async () => {
    const image = await signedImage("signed/app:v1");
    assert.deepEqual(await pull(image), allowed);
    assert.ok(await isPresent(image));
  });

  it("pulls what the policy wants no signature for", async () =>
    assert.deepEqual(await pull(await pushBusybox(registry.host, "open/app:v1")), allowed));

  it("does not pull an unsigned one, and gives the reason without kubelet's word for it", async () => {
    const image = await pushBusybox(registry.host, "signed/not:v1");
    assert.deepEqual(await pull(image), {
      code: status.UNKNOWN,
      message:
        `failed to pull and unpack image "${image.reference}": image verifier bindir blocked pull of ${image.reference} ` +
        `with digest ${image.digest} for reason: verifier countersign rejected image (exit code 1): ${missing}`,
    });
    assert.ok(!(await isPresent(image)));
    const { blobs } = await runtime.contents();
    assert.ok(!blobs.includes(image.id));
  });

  it("does not pull an index with an entry that only containerd would take for this machine's", async () => {
    const signed = await pushBusybox(registry.host, "signed/index:amd64");
    const hidden = await pushBusybox(registry.host, "signed/index:hidden");
    await cosignSign(signed, key, { identity: `${signed.repository}:v1` });
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const manifests = [
      { mediaType, size: 1, digest: hidden.digest },
      { mediaType, size: 1, digest: signed.digest, platform: thisPlatform },
    ];
    const index = {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests,
    };
    await pushManifest(registry.host, "signed/index", "v1", index);
    const { message } = await pull({ reference: `${signed.repository}:v1` });
    assert.ok(
      message.endsWith(`${hidden.digest}, which containerd may take from the index: ${missing}`),
      message,
    );
  });

  it("does not pull while a key is not there", async () => {
    const image = await signedImage("signed/keyless:v1");
    const absent = { publicKey: join(scratch.path, "absent.pub") };
    const demands = policyFor({ [`${registry.host}/signed`]: [signedBy(absent)] });
    await writePolicy(trust.policy, demands);
    const { code, message } = await pull(image);
    await writePolicy(trust.policy, policyFor({ [`${registry.host}/signed`]: [signedBy(key)] }));
    assert.equal(code, status.UNKNOWN);
    assert.match(
      message,
      /\(exit code 3\): Source image rejected: open .*absent\.pub: no such file or directory$/,
    );
    assert.deepEqual(await pull(image), allowed);
  });

  const broken: ReadonlyArray<readonly [what: string, line: string, message: RegExp]> = [
    ["is killed", "kill -9 $$", /image verifier bindir returned error: .* signal: killed$/],
    ["is not there", "exec /nowhere/countersign 2>&1", /rejected image \(exit code 127\)/],
    ["is not told what containerd asks", `exec ${countersign} image-verifier`, /-name is missing; .*"\$@"/],
    ["is asked for help instead", `exec ${countersign} image-verifier --help "$@"`, /is no flag/],
  ];
  for (const [what, line, wanted] of broken) {
    it(`does not pull when the verifier ${what}`, async () => {
      await verifier(line);
      const { code, message } = await pull(await signedImage("signed/broken:v1"));
      assert.equal(code, status.UNKNOWN);
      assert.match(message, wanted);
    });
  }

  it("asks about what ctr pulls too, unless it pulls by itself", async () => {
    const { reference } = await pushBusybox(registry.host, "signed/ctr:v1");
    const ctr = (...flags: string[]) =>
      run(newerProgram("ctr"), [
        ...["--address", runtime.socket, "--namespace", "k8s.io"],
        ...["images", "pull", "--plain-http", ...flags, reference],
      ]);
    await assert.rejects(ctr(), (error: Error) => error.message.includes(missing));
    await ctr("--local");
  });

  it("asks nobody, and says nothing of it, once discard_unpacked_layers is set", async () => {
    const image = await pushBusybox(registry.host, "signed/bypass:v1");
    assert.equal((await pull(image)).code, status.UNKNOWN);
    await runtime.kill();
    await appendFile(
      join(runtime.directory, "config.toml"),
      '[plugins."io.containerd.cri.v1.images"]\ndiscard_unpacked_layers = true\n',
    );
    await runtime.start();
    assert.deepEqual(await pull(image), allowed);
  });

  it("asks nobody when the directory is not there", async () => {
    await rm(join(runtime.directory, "verifiers"), { recursive: true });
    assert.deepEqual(await pull(await pushBusybox(registry.host, "signed/nobody:v1")), allowed);
    await mkdir(join(runtime.directory, "verifiers"));
  });
});
