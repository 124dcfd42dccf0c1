import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { runBusybox } from "../peers/commands.ts";
import { ctr } from "../peers/ctr.ts";
import { pushBusybox, pushBusyboxIndex } from "../peers/images.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { type Outcome, outcomeOf } from "../peers/outcome.ts";
import { type ImageVolume, type Pod, podConfig, runPod } from "../peers/pods.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { cosignSign, skopeoCopy } from "../peers/signing.ts";
import { acceptAnything, writePolicy } from "../peers/trust-files.ts";

const allowed: Outcome = { code: status.OK, message: "" };
const unsigned =
  "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists";
const refused: Outcome = { code: status.UNKNOWN, message: unsigned };

/** Every image is judged again when a container is made of it, by the policy of the pod's own namespace. */
for (const version of containerdVersions) {
  describe(`a container through the gateway to containerd ${version}`, () => {
    let node: TestNode;
    let strict: Pod;
    let lax: Pod;

    before(async () => {
      node = await startNode(version);
      await writePolicy(join(node.trust.policyDirectory, "lax.json"), { default: [acceptAnything] });
      strict = await runPod(node.kubelet, node.runtime, "strict");
      lax = await runPod(node.kubelet, node.runtime, "lax");
    });
    after(() => node?.close());

    const push = (name: string) => pushBusybox(node.registry.host, name);
    async function pushSigned(name: string): Promise<PushedImage> {
      const image = await push(name);
      await cosignSign(image, node.key);
      return image;
    }
    const pullFor = (namespace: string, { reference }: PushedImage) =>
      outcomeOf(node.kubelet.pullImage({ image: { image: reference }, sandboxConfig: podConfig(namespace) }));
    const createIn = (pod: Pod, { id, reference }: PushedImage, volumes: readonly ImageVolume[] = []) =>
      outcomeOf(pod.create(id, reference, volumes));

    it("is not made in a strict namespace of what a lax one pulled", async () => {
      const image = await push("signed/lax-first:v1");
      assert.deepEqual(await pullFor("lax", image), allowed);
      assert.deepEqual(await createIn(lax, image), allowed);
      assert.deepEqual(await createIn(strict, image), refused);
    });

    it("is made in the lax namespace of what it pulled after the strict one was refused it", async () => {
      const image = await push("signed/strict-first:v1");
      assert.deepEqual(await pullFor("strict", image), refused);
      assert.deepEqual(await pullFor("lax", image), allowed);
      assert.deepEqual(await createIn(lax, image), allowed);
      assert.deepEqual(await createIn(strict, image), refused);
    });

    it("is made of what a lax namespace pulled once it is signed", async () => {
      const image = await push("signed/later:v1");
      assert.deepEqual(await pullFor("lax", image), allowed);
      await cosignSign(image, node.key);
      assert.deepEqual(await createIn(strict, image), allowed);
    });

    it("is judged by the image that its index led to", async () => {
      const image = await pushBusyboxIndex(node.registry.host, "signed/index:v1");
      assert.deepEqual(await pullFor("lax", image), allowed);
      assert.deepEqual(await createIn(strict, image), {
        code: status.UNKNOWN,
        message: unsigned.replace("Source", "copying system image from manifest list: Source"),
      });
      const signed = await pushBusyboxIndex(node.registry.host, "signed/signed-index:v1");
      await cosignSign(signed, node.key, { everyInstance: true });
      assert.deepEqual(await pullFor("lax", signed), allowed);
      assert.deepEqual(await createIn(strict, signed), allowed);
    });

    it("is not made under another image's lax name", async () => {
      const image = await push("signed/disguised:v1");
      assert.deepEqual(await pullFor("lax", image), allowed);
      const { code, message } = await createIn(strict, {
        ...image,
        reference: `${node.registry.host}/free/app:v1`,
      });
      assert.equal(code, status.UNKNOWN);
      assert.match(message, /^SignatureValidationFailed: the runtime does not know the image/);
    });

    it("is not made of a file", async () => {
      const { code, message } = await outcomeOf(strict.create("/etc/hostname", "free/app:v1"));
      assert.equal(code, status.UNKNOWN);
      assert.match(message, /^SignatureValidationFailed: "\/etc\/hostname" is a checkpoint archive/);
    });

    describe("of an image that ctr brought to the node", () => {
      /** An archive has no registry's digest: the runtime knows the image by its name and id alone. */
      async function importArchive(image: PushedImage): Promise<void> {
        const archive = join(node.directory, `${image.digest.slice(7, 19)}.tar`);
        await skopeoCopy(
          `docker://${image.reference}`,
          `docker-archive:${archive}:${image.reference}`,
          node.trust,
          ["--remove-signatures"],
        );
        await ctr(node.runtime.socket, "images", "import", "--local", archive);
      }

      /** containerd hears of it from itself, and then shows it by CRI too. */
      async function shown({ reference }: PushedImage) {
        const deadline = AbortSignal.timeout(10_000);
        for (;;) {
          const { image } = await node.direct.imageStatus({ image: { image: reference } });
          if (image !== undefined) return image;
          deadline.throwIfAborted();
          await delay(10);
        }
      }

      it("from an archive is refused unless its registry has a signature for it", async () => {
        const image = await push("signed/imported:v1");
        const signed = await pushSigned("signed/signed-import:v1");
        for (const one of [image, signed]) {
          await importArchive(one);
          const { id, repoDigests } = await shown(one);
          assert.equal(id, one.id);
          assert.deepEqual(repoDigests, []);
        }
        assert.deepEqual(await createIn(strict, image), refused);
        assert.deepEqual(await createIn(strict, signed), allowed);
      });

      it("by a pull of its own is refused unless its registry has a signature for it", async () => {
        const image = await push("signed/preloaded:v1");
        const signed = await pushSigned("signed/signed-preload:v1");
        for (const { reference } of [image, signed])
          await ctr(node.runtime.socket, "images", "pull", "--local", "--plain-http", reference);
        await shown(image);
        await shown(signed);
        assert.deepEqual(await createIn(strict, image), refused);
        assert.deepEqual(await createIn(strict, signed), allowed);
      });

      it("under the name of a signed one is refused", async () => {
        const signed = await pushSigned("signed/original:v1");
        const evil = await push("free/forged:v1");
        const { socket } = node.runtime;
        await ctr(socket, "images", "pull", "--local", "--plain-http", evil.reference);
        await ctr(socket, "images", "tag", "--local", evil.reference, signed.reference);
        await shown(signed);
        const { code, message } = await createIn(strict, { ...evil, reference: signed.reference });
        assert.equal(code, status.UNKNOWN);
        assert.match(message, /^SignatureValidationFailed: the runtime's image .* is not the verified/);
      });
    });

    it("with an image volume needs both images allowed", async () => {
      const app = await pushSigned("signed/app:v1");
      const good = await pushSigned("signed/data:v1");
      const bad = await push("signed/bad-data:v1");
      for (const image of [app, good]) assert.deepEqual(await pullFor("strict", image), allowed);
      assert.deepEqual(await pullFor("lax", bad), allowed);
      const at = (path: string, { id, reference }: PushedImage): ImageVolume => ({
        imageRef: id,
        userSpecifiedImage: reference,
        path,
      });
      assert.deepEqual(await createIn(strict, app, [at("/good", good), at("/bad", bad)]), {
        code: status.UNKNOWN,
        message: `ImageVolumeMountFailed: ${unsigned}`,
      });
      if (!hasImageVolumes[version]) return;
      const containerId = await strict.run(app.id, app.reference, [at("/good", good)]);
      const { stdout } = await runBusybox(node.kubelet, containerId, "ls", "/good");
      assert.match(stdout, /^unique$/m);
    });

    it("is judged from what was kept while the registry is away, and refused when that is gone too", async () => {
      const kept = await pushSigned("signed/kept:v1");
      const never = await pushSigned("signed/never-seen:v1");
      assert.deepEqual(await pullFor("strict", kept), allowed);
      assert.deepEqual(await pullFor("lax", never), allowed);
      await node.registry.kill();
      try {
        assert.deepEqual(await createIn(strict, kept), allowed);
        const { code, message } = await createIn(strict, never);
        assert.equal(code, status.UNKNOWN);
        assert.match(message, /^RegistryUnavailable: /);
        await node.gateway.terminate();
        await rm(join(dirname(node.gateway.socket), "evidence"), { recursive: true });
        await node.gateway.start();
        assert.match((await createIn(strict, kept)).message, /^RegistryUnavailable: /);
      } finally {
        await node.registry.start();
      }
      assert.deepEqual(await createIn(strict, kept), allowed);
    });
  });
}

/** containerd mounts images since 2.1; before, it takes no notice of them. */
const hasImageVolumes = { "1.6": false, "2.1": true };
