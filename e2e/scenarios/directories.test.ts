import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { ImagePlatform } from "@countersign/testkit/registry/images";
import { askSkopeo } from "../differential/skopeo.ts";
import { countersign } from "../peers/gateway.ts";
import { pushBusybox, pushBusyboxIndex, thisPlatform } from "../peers/images.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { type Registry, startRegistry } from "../peers/registry.ts";
import { makeScratch, type Scratch } from "../peers/scratch.ts";
import { cosignSign, type KeyPair, makeKeyPair, signingBy, skopeoCopy } from "../peers/signing.ts";
import { type TrustFiles, writePolicy, writeTrustFiles } from "../peers/trust-files.ts";

const name = "registry.example/shop/app:v1";

interface Judgement {
  readonly decision: string;
  readonly message: string;
}

describe("images that skopeo put into directories", () => {
  let scratch: Scratch;
  let registry: Registry;
  let trust: TrustFiles;
  let key: KeyPair;
  let stranger: KeyPair;

  before(async () => {
    scratch = await makeScratch("directories");
    registry = await startRegistry();
    trust = await writeTrustFiles(scratch.path, [registry.host], {});
    key = await makeKeyPair(scratch.path, "key");
    stranger = await makeKeyPair(scratch.path, "stranger");
  });
  after(async () => {
    await registry?.close();
    await scratch?.remove();
  });

  const at = (file: string): string => join(scratch.path, file);
  /** Asks for this key's signature of {@link name}, below this path. */
  const demanding = (path: string, identity: object = { type: "exactReference", dockerReference: name }) => {
    const requirement = { type: "sigstoreSigned", keyPath: key.publicKey, signedIdentity: identity };
    return {
      default: [{ type: "reject" }],
      transports: { dir: { [path]: [requirement] }, oci: { [path]: [requirement] } },
    };
  };

  /** What Countersign says, once skopeo has said the same. */
  async function judged(
    source: string,
    policy: object,
    platform: ImagePlatform = thisPlatform,
  ): Promise<Judgement> {
    await writePolicy(trust.policy, policy);
    const { status, stdout } = spawnSync(
      countersign,
      [
        ...["verify", "--output", "json", "--signature-policy", trust.policy],
        ...["--platform", `${platform.os}/${platform.architecture}`, source],
      ],
      { encoding: "utf8", timeout: 60_000 },
    );
    const { decision, message } = JSON.parse(stdout);
    const theirs = await askSkopeo(
      { source, named: { ...trust, authfile: undefined }, platform, home: scratch.path, copy: at("copy") },
      AbortSignal.timeout(60_000),
    );
    assert.deepEqual({ allowed: status === 0, message }, theirs);
    return { decision, message };
  }

  async function copied(
    image: PushedImage,
    directory: string,
    flags: readonly string[] = [],
  ): Promise<string> {
    await skopeoCopy(`docker://${image.reference}`, `dir:${at(directory)}`, trust, flags);
    return `dir:${at(directory)}`;
  }

  it("are allowed by the signature that it made on the way", async () => {
    const image = await pushBusybox(registry.host, "plain:v1");
    const source = await copied(image, "signed", await signingBy(key, name));
    assert.equal((await judged(source, demanding(scratch.path))).decision, "allowed");
  });

  it("are allowed by the signature that cosign had put beside them", async () => {
    const image = await pushBusybox(registry.host, "cosigned:v1");
    await cosignSign(image, key, { identity: name });
    const source = await copied(image, "cosigned");
    assert.equal((await judged(source, demanding(scratch.path))).decision, "allowed");
  });

  it("are refused with another's signature", async () => {
    const image = await pushBusybox(registry.host, "stranger:v1");
    const source = await copied(image, "strangers", await signingBy(stranger, name));
    const { decision, message } = await judged(source, demanding(scratch.path));
    assert.equal(decision, "denied");
    assert.match(message, /cryptographic signature verification failed/);
  });

  it("are refused where their name is asked for, which they have not", async () => {
    const image = await pushBusybox(registry.host, "nameless:v1");
    const source = await copied(image, "nameless", await signingBy(key, name));
    const { decision, message } = await judged(source, demanding(scratch.path, { type: "matchRepository" }));
    assert.equal(decision, "denied");
    assert.match(message, /Signature for identity "registry\.example\/shop\/app:v1" is not accepted/);
  });

  it("are judged by the signature of the platform's instance", async () => {
    const image = await pushBusyboxIndex(registry.host, "index:v1");
    const source = await copied(image, "index", await signingBy(key, name));
    for (const platform of [thisPlatform, { os: "linux", architecture: "s390x" }]) {
      assert.equal((await judged(source, demanding(scratch.path), platform)).decision, "allowed");
    }
    const { message } = await judged(source, demanding(scratch.path), {
      os: "linux",
      architecture: "riscv64",
    });
    assert.match(message, /no image found in image index for architecture "riscv64"/);
  });

  it("have no signatures in an OCI layout", async () => {
    const image = await pushBusybox(registry.host, "layout:v1");
    const source = `oci:${at("layout")}:v1`;
    await skopeoCopy(`docker://${image.reference}`, source, trust);
    assert.match((await judged(source, demanding(scratch.path))).message, /no signature exists/);
    const accepting = { default: [{ type: "insecureAcceptAnything" }] };
    assert.equal((await judged(source, accepting)).decision, "allowed");
  });
});
