import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { pushBusybox } from "../peers/images.ts";
import { type Mirror, startMirror, writeHostsToml } from "../peers/mirror.ts";
import { containerdVersions, startNode, type TestNode } from "../peers/node.ts";
import { outcomeOf } from "../peers/outcome.ts";
import type { PushedImage } from "../peers/pushed-image.ts";
import { account, startRegistry } from "../peers/registry.ts";
import { cosignSign } from "../peers/signing.ts";
import { policyFor, signedBy, writePolicy } from "../peers/trust-files.ts";

const allowed = { code: status.OK, message: "" };
const unsigned =
  "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists";

for (const version of containerdVersions) {
  describe(`a pull by hosts.toml through the gateway to containerd ${version}, while the registry itself is away,`, () => {
    let node: TestNode;
    let away: string;
    const mirrors: Mirror[] = [];

    before(async () => {
      node = await startNode(version, "by hosts.toml");
      const upstream = await startRegistry();
      away = upstream.host;
      await upstream.close();
      await writePolicy(node.trust.policy, policyFor({ [`${away}/signed`]: [signedBy(node.key)] }));
    });
    after(async () => {
      for (const mirror of mirrors) await mirror.close();
      await node?.close();
    });

    async function mirrorOf(registry: string, prefix?: string): Promise<Mirror> {
      const mirror = await startMirror(registry, prefix);
      mirrors.push(mirror);
      return mirror;
    }
    const configure = (content: string) => writeHostsToml(node.trust.registryConfigPath ?? "", away, content);
    /** The name under which pods ask for what is in the mirror. */
    const logical = ({ reference }: PushedImage) => reference.replace(node.registry.host, away);
    const pull = (image: PushedImage, auth?: { username: string; password: string }) =>
      outcomeOf(
        node.kubelet.pullImage({
          image: { image: logical(image) },
          ...(auth === undefined ? {} : { auth }),
        }),
      );
    const signedImage = async (name: string): Promise<PushedImage> => {
      const image = await pushBusybox(node.registry.host, name);
      await cosignSign(image, node.key, { identity: logical(image) });
      return image;
    };
    const askedBy = (who: string, { requests }: Mirror) =>
      requests.filter((line) => line.startsWith(`${who} `));
    const namespace = () => `?ns=${encodeURIComponent(away)}`;

    it("brings an image that was signed by its own name, verified where the runtime finds it", async () => {
      const mirror = await mirrorOf(node.registry.host);
      await configure(`[host."http://${mirror.host}"]\n`);
      const image = await signedImage("signed/app:v1");
      assert.deepEqual(await pull(image), allowed);
      const { image: present } = await node.kubelet.imageStatus({ image: { image: logical(image) } });
      assert.equal(present?.id, image.id);
      const signature = `${image.digest.replace(":", "-")}.sig`;
      assert.deepEqual(askedBy("countersign", mirror).slice(0, 2), [
        `countersign GET /v2/signed/app/manifests/v1${namespace()}`,
        `countersign GET /v2/signed/app/manifests/${signature}${namespace()}`,
      ]);
      assert.ok(askedBy("containerd", mirror).some((line) => line.includes(image.digest)));
    });

    it("refuses an image that was not signed, though the mirror has it", async () => {
      const mirror = await mirrorOf(node.registry.host);
      await configure(`[host."http://${mirror.host}"]\ncapabilities = ["pull", "resolve"]\n`);
      const image = await pushBusybox(node.registry.host, "signed/not:v1");
      assert.deepEqual(await pull(image), { code: status.UNKNOWN, message: unsigned });
      assert.ok(askedBy("countersign", mirror).length > 0);
      assert.deepEqual(askedBy("containerd", mirror), []);
    });

    it("refuses an image that was signed by the mirror's name", async () => {
      await configure(`[host."http://${(await mirrorOf(node.registry.host)).host}"]\n`);
      const image = await pushBusybox(node.registry.host, "signed/renamed:v1");
      await cosignSign(image, node.key);
      const { code, message } = await pull(image);
      assert.equal(code, status.UNKNOWN);
      assert.match(message, /^SignatureValidationFailed: Source image rejected: Signature for identity /);
    });

    it("goes to the next mirror when the first one is away", async () => {
      const mirror = await mirrorOf(node.registry.host);
      await configure(`[host."http://${away}"]\n[host."http://${mirror.host}"]\n`);
      assert.deepEqual(await pull(await signedImage("signed/second:v1")), allowed);
      assert.ok(askedBy("countersign", mirror).length > 0);
    });

    it("finds a mirror below a path of its own", async () => {
      const mirror = await mirrorOf(node.registry.host, "/hub");
      await configure(`[host."http://${mirror.host}/v2/hub"]\noverride_path = true\n`);
      assert.deepEqual(await pull(await signedImage("signed/below:v1")), allowed);
      assert.equal(
        askedBy("countersign", mirror)[0],
        `countersign GET /v2/hub/signed/below/manifests/v1${namespace()}`,
      );
    });

    it("shows a mirror that asks for them the credentials of the call, as the runtime does", async () => {
      const mirror = await mirrorOf(node.privateRegistry.host);
      await configure(`[host."http://${mirror.host}"]\n`);
      const image = await signedImage("signed/private:v1");
      const { username, password } = account;
      assert.deepEqual(await pull(image, { username, password }), allowed);
      const log = await node.gateway.log();
      assert.ok(!log.includes(password));
    });

    it("reads the mirror's configuration anew each time", async () => {
      const image = await signedImage("signed/edited:v1");
      await configure(`[host."http://${away}"]\n`);
      const { code, message } = await pull(image);
      assert.equal(code, status.UNKNOWN);
      assert.match(
        message,
        /^RegistryUnavailable: initializing source docker:\/\/.*: \(Mirrors also failed: /,
      );
      await configure(`[host."http://${(await mirrorOf(node.registry.host)).host}"]\n`);
      assert.deepEqual(await pull(image), allowed);
    });
  });
}
